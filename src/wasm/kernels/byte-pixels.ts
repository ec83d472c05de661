/** A tile of a convolution of bytes: its sums by way of scratch, and what becomes of them, pixel by pixel. */
import { add, floats, integers, loadVector, repeat } from '../arithmetic.js';
import { type Local, load, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { roundedTree, roundTree, roundWords } from './byte-rounding.js';
import { emitByteSums, emitByteTile, storeBytes, storeWords } from './byte-tile.js';
import type { ByteOperands, ConvolutionParams } from './convolution.js';
import { emitElementwise } from './elementwise-expression.js';
import type { Tier } from './kernel.js';
import { emitNext, type PixelPath } from './pixel-path.js';
import { emitRange } from './range.js';
import { storeColumns } from './store-columns.js';
import type { TileOptions } from './tile.js';

const mostPixels = 6;
const mostColumns = 16;

/** Floats of scratch that a tile needs: its sums, and four times what a pixel's inputs add up to. */
export const byteScratch = mostPixels * (mostColumns + 4);

/** What the stores of a tile need. */
export interface BytePointers {
  readonly output: Local;
  readonly operands: readonly Local[];
  readonly zeroPoint: Local | undefined;
  /** Where the range of what is stored is kept, if it is. */
  readonly range?: Local | undefined;
}

interface TilePointers extends BytePointers {
  readonly scratch: Local;
}

interface PixelTile {
  readonly columns: number;
  readonly writable: number;
  /** Of the output and the operands. */
  readonly path: PixelPath;
}

/** Whether nothing is added to the sums of a pixel later: then they are rounded while they are in registers. */
export function isRoundedFirst({ rounding, weightOffset, hasZeroPoint }: ByteOperands): boolean {
  return rounding !== undefined && weightOffset === 0 && !hasZeroPoint;
}

/** The factors of a rounding for each vector of columns; none where it has none, or where they are 1. */
export function emitFactors(
  f: FunctionBuilder,
  { rounding }: ByteOperands,
  columns: number,
  operands: readonly Local[],
): Local[] | undefined {
  if (rounding === undefined || rounding.factor === 1) return undefined;
  const { factor } = rounding;
  return Array.from({ length: columns / 4 }, (_, j) =>
    typeof factor === 'number' ? floats(f, factor) : f.local('v128', loadVector(operands[factor.input - 1]!, j * 16)),
  );
}

/**
 * Sums are left in scratch first: V8 begins to pair vectors at adjacent stores, which vectors that become bytes do not have.
 * @param options of at most six pixels by columns
 * @param a the pixels of the input
 * @param b the weights of the panel
 */
export function emitBytePixels(
  f: FunctionBuilder,
  params: ConvolutionParams,
  bytes: ByteOperands,
  options: TileOptions,
  writable: number,
  a: readonly Local[],
  b: Local,
  path: PixelPath,
  pointers: TilePointers,
  panelBias: Local,
): void {
  const { bias } = params;
  const { columns, tier } = options;
  const { products, weightOffset, rounding } = bytes;
  const startsWithBias = bias && pointers.zeroPoint === undefined;
  const factors = emitFactors(f, bytes, columns, pointers.operands);
  const finish =
    rounding !== undefined && isRoundedFirst(bytes)
      ? (sums: readonly Operand[]) => roundWords(f, sums, factors, rounding.offset)
      : undefined;
  emitByteTile(f, options, products, a, b, pointers.scratch, startsWithBias ? panelBias : undefined, finish);
  const totals = f.local('i32', add(pointers.scratch, mostPixels * mostColumns * 4));
  if (weightOffset !== 0) emitByteSums(f, options, products, bytes.channels, a, totals);
  const range = bytes.keepsRange ? f.local('i32', add(pointers.scratch, byteScratch * 4)) : undefined;
  const all = { ...pointers, range };
  const tile = { columns, writable, path };
  emitStoredPixels(f, params, bytes, tier, tile, all, panelBias, pointers.scratch, factors, totals);
}

/**
 * What becomes of sums in memory.
 * @param sums the address of the sums, pixel after pixel; they are rounded already where they are first
 * @param totals the address of what the inputs of each pixel add up to, where the weights have an offset
 */
export function emitStoredPixels(
  f: FunctionBuilder,
  { bias, epilogue }: Pick<ConvolutionParams, 'bias' | 'epilogue'>,
  bytes: ByteOperands,
  tier: Tier,
  tile: PixelTile,
  pointers: BytePointers,
  panelBias: Local,
  scratch: Local,
  factors: readonly Local[] | undefined,
  totals: Local | undefined = undefined,
): void {
  const { columns, path } = tile;
  const { output, operands } = pointers;
  const { rounding, weightOffset } = bytes;
  if (rounding !== undefined && isRoundedFirst(bytes)) {
    for (let pixel = 0; pixel < path.count; pixel++) {
      const at = pixel * columns * 4;
      const words = Array.from({ length: columns / 4 }, (_, j) => f.local('v128', loadVector(scratch, at + j * 16)));
      storeWords(f, output, words, tile.writable, rounding.least, rounding.most);
      emitNext(f, path.row, path.tracks);
    }
    return;
  }
  const from = f.local('i32', scratch);
  const anyRounded = bytes.output === 'bytes' ? roundedTree(epilogue) : undefined;
  const rounded = anyRounded?.shift === undefined ? anyRounded : undefined;
  const zeroPoint =
    pointers.zeroPoint && f.local('v128', op('i32x4.trunc_sat_f32x4_s', load('v128.load32_splat', pointers.zeroPoint)));
  const advance = () => {
    f.increase(from, columns * 4);
    if (totals !== undefined && weightOffset !== 0) f.increase(totals, 16);
    emitNext(f, path.row, path.tracks);
  };
  repeat(f, path.count, () => {
    const shift =
      weightOffset === 0 || totals === undefined
        ? undefined
        : f.local('v128', op('i32x4.mul', loadVector(totals), integers(f, weightOffset)));
    const sums = Array.from({ length: columns / 4 }, (_, j) => {
      let total: Operand = loadVector(from, j * 16);
      if (bias && zeroPoint !== undefined)
        total = op('i32x4.add', total, op('i32x4.mul', loadVector(panelBias, j * 16), zeroPoint));
      return f.local('v128', shift === undefined ? total : op('i32x4.add', total, shift));
    });
    if (rounding !== undefined) {
      const words = roundWords(f, sums, factors, rounding.offset);
      storeWords(f, output, words, tile.writable, rounding.least, rounding.most);
      advance();
      return;
    }
    const inputs = sums.map((total, j) => {
      const value = f.local('v128', op('f32x4.convert_i32x4_s', total));
      return [value, ...operands.map((operand) => f.local('v128', loadVector(operand, j * 16)))];
    });
    if (rounded !== undefined) {
      const words = roundTree(f, tier, rounded, inputs, undefined);
      storeWords(f, output, words, tile.writable, rounded.least, rounded.most);
      advance();
      return;
    }
    const values =
      epilogue === undefined ? inputs.map(([value]) => value!) : emitElementwise(f, tier, epilogue, inputs);
    if (pointers.range !== undefined) emitRange(f, pointers.range, values);
    if (bytes.output === 'bytes') storeBytes(f, output, values, tile.writable);
    else storeColumns(f, output, 0, values, tile.writable);
    advance();
  });
}
