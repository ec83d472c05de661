/**
 * A tile of a convolution and what becomes of its sums, as a function that does it several times from pixel to pixel. Where pixels
 * are, and how long sums are, it is told when it is called: so layers whose tiles have the same form share it, whatever their sizes are.
 */
import { forRange, loadVector, repeat } from '../arithmetic.js';
import { exactJson } from '../exact-json.js';
import { call, type Expression, type Local, type Operand, op } from '../expression.js';
import { type FunctionBuilder, type FunctionReference, takes } from '../function.js';
import type { emitBytePixels } from './byte-pixels.js';
import { type ConvolutionParams, panelBytesOf, weightTermsOf } from './convolution.js';
import { type Elementwise, emitElementwise } from './elementwise-expression.js';
import { isInline, withGivenSlope } from './epilogue.js';
import { weightBytes } from './half-weights.js';
import type { KernelTarget } from './kernel.js';
import { emitNext, emitPlaces, type PixelPath, type Track } from './pixel-path.js';
import { storeColumns } from './store-columns.js';
import {
  emitSmallNTile,
  emitTile,
  givenLoops,
  loopForm,
  type SumLoops,
  sizesOf,
  smallNLanes,
  smallNSteps,
  sumLoops,
} from './tile.js';

/** Tiles of bytes come with the other kernels of quantized networks. */
let emitBytes: typeof emitBytePixels | undefined;

export function registerByteTiles(emit: typeof emitBytePixels): void {
  emitBytes = emit;
}

export interface TileForm {
  readonly pixels: number;
  /** Columns of the panels, and those of them that may be overwritten. */
  readonly columns: number;
  readonly writable: number;
  /** Panels side by side whose sums it makes at once. */
  readonly panels: number;
}

/** Addresses of a pixel, and the column that it is in. */
export interface TilePointers {
  readonly input: Operand;
  readonly weights: Operand;
  readonly bias: Operand;
  readonly output: Operand;
  readonly operands: readonly Operand[];
  /** Scratch, and the zero point of bytes. */
  readonly own: readonly Operand[];
  readonly column: Operand;
}

/** How pixels follow one another: strides and what a row's end adds to them, in bytes, for input, output, operands. */
export interface PixelSteps {
  readonly strides: readonly number[];
  /** Nothing where rows follow one another without a gap. */
  readonly rows?: { readonly width: number; readonly jumps: readonly number[] };
}

/** Several tiles from a pixel on. */
export function callTile(
  target: KernelTarget,
  params: ConvolutionParams,
  form: TileForm,
  steps: PixelSteps,
  pointers: TilePointers,
  times: number,
): Expression {
  const { algorithm = 'dense', weightType = 'float32' } = params;
  const { columns, panels } = form;
  const isSmallN = algorithm === 'small-N';
  const sum = isSmallN ? smallNSteps(target.tier, params.sum) : params.sum;
  const termColumns = isSmallN ? params.columns * smallNLanes(target.tier) : columns / panels;
  const loops = params.bytes === undefined ? sumLoops(sum, termColumns * weightBytes(weightType)) : undefined;
  const { rows } = steps;
  return call(
    tileFunction(target, params, form, steps, loops),
    ...[pointers.input, pointers.weights, pointers.bias, pointers.output, ...pointers.operands, ...pointers.own],
    times,
    ...steps.strides,
    ...(rows === undefined ? [] : [pointers.column, rows.width, ...rows.jumps]),
    ...(loops === undefined ? [] : sizesOf(loops)),
    ...endingOf(params, steps).slopes,
  );
}

/** Tiles of bytes have their epilogue as it is. */
function endingOf({ bytes, epilogue }: ConvolutionParams, { strides }: PixelSteps) {
  return bytes === undefined ? withGivenSlope(epilogue, strides.length - 1) : { tree: epilogue, slopes: [] };
}

function tileFunction(
  target: KernelTarget,
  params: ConvolutionParams,
  form: TileForm,
  steps: PixelSteps,
  loops: SumLoops<number> | undefined,
): FunctionReference {
  const { module, tier } = target;
  const { sum, algorithm = 'dense', bytes, bias, weightType: type = 'float32', twins } = params;
  const { pixels, columns, panels } = form;
  const operandCount = steps.strides.length - 2;
  const { tree: epilogue, slopes } = endingOf(params, steps);
  const crosses = steps.rows !== undefined;
  const key = {
    ...{ ...form, sum: loops ? loopForm(loops) : sum, crosses, operandCount, algorithm, bytes, epilogue, bias },
    smallN: algorithm === 'small-N' ? params.columns : 0,
    ...(type === 'float32' && panels === 1
      ? {}
      : {
          weights: {
            ...{ type, first: weightTermsOf(params).first, panels },
            panelBytes: twins ? twins.weights * 4 : panelBytesOf(params),
          },
        }),
    ...(twins && { apart: twins.output * 4 }),
  };
  return module.shared(`convolution tile ${exactJson(key)}`, () => {
    const own = (algorithm === 'small-N' || bytes !== undefined ? 1 : 0) + (bytes?.hasZeroPoint === true ? 1 : 0);
    const count =
      5 +
      operandCount +
      own +
      steps.strides.length * (crosses ? 2 : 1) +
      (crosses ? 2 : 0) +
      (loops ? sizesOf(loops).length : 0);
    const name = `${pixels} pixels x ${columns}, ${algorithm}`;
    return module.function(name, takes(count, slopes.length), (f, ...args) => {
      const rest = [...args];
      const next = () => rest.shift()!;
      const some = (length: number) => Array.from({ length }, next);
      const [input, weights, panelBias, output] = some(4) as [Local, Local, Local, Local];
      const operands = some(operandCount);
      const [scratch, zeroPoint] = some(own);
      const times = next();
      const strides = some(steps.strides.length);
      const row = crosses ? { column: next(), width: next() } : undefined;
      const jumps = crosses ? some(steps.strides.length) : [];
      const tracks = [input, output, ...operands].map((pointer, i): Track => {
        return { pointer, stride: strides[i]!, jump: jumps[i] ?? 0 };
      });
      const [inputTrack, ...outputTracks] = tracks as [Track, ...Track[]];
      const given = loops && givenLoops(loops, next);
      const numbers = rest.map((number) => f.local('v128', op('f32x4.splat', number)));
      forRange(f, 0, times, 1, () => {
        const before = row && { ...row, column: f.local('i32', row.column) };
        const a = emitPlaces(f, pixels, before, [inputTrack])[0]!;
        const b = f.local('i32', weights);
        const options = { tier, rows: a.map(() => 0), columns, sum: given ?? sum, scratch, weights: key.weights };
        const path: PixelPath = { count: pixels, row, tracks: outputTracks };
        if (bytes !== undefined && scratch !== undefined) {
          if (emitBytes === undefined) throw new RangeError('tiles of bytes are used before they are loaded');
          const pointers = { output, operands, scratch, zeroPoint };
          emitBytes(f, params, bytes, options, form.writable, a, b, path, pointers, panelBias);
        } else {
          const emit = algorithm === 'dense' ? emitTile : emitSmallNTile;
          const summed = algorithm === 'small-N' ? params.columns : columns;
          const sums = emit(f, { ...options, columns: summed }, a, b, bias ? panelBias : undefined);
          finishPixels(f, target, epilogue, key, path, sums, numbers);
        }
      });
    });
  });
}

/**
 * Epilogue and stores of a tile's sums, pixel by pixel.
 * @param form where a second half of the columns is apart from the first one: how many bytes after it
 * @param numbers in vectors, the epilogue's inputs after sum and operands
 */
export function finishPixels(
  f: FunctionBuilder,
  target: KernelTarget,
  epilogue: Elementwise | undefined,
  { columns, writable, apart }: Pick<TileForm, 'columns' | 'writable'> & { readonly apart?: number },
  { count, row, tracks }: PixelPath,
  sums: readonly (readonly Operand[])[],
  numbers: readonly Local[] = [],
): void {
  const isDeferred = epilogue !== undefined && !isInline(epilogue, 'direct');
  const start = isDeferred ? [...tracks.map(({ pointer }) => f.local('i32', pointer))] : [];
  const column = isDeferred && row ? [f.local('i32', row.column), row.width] : [];
  const [outputs, ...operands] = emitPlaces(f, count, row, tracks) as [Local[], ...Local[][]];
  for (const [i, sum] of sums.entries()) {
    const finished =
      epilogue === undefined || isDeferred
        ? sum
        : emitElementwise(
            f,
            target.tier,
            epilogue,
            sum.map((value, j) => [
              value,
              ...operands.map((places) => f.local('v128', loadVector(places[i]!, j * 16))),
              ...numbers,
            ]),
          );
    const together = columns / (apart ? 8 : 4);
    storeColumns(f, outputs[i]!, 0, finished.slice(0, together), writable);
    if (apart) storeColumns(f, outputs[i]!, apart, finished.slice(together), writable);
  }
  if (!isDeferred) return;
  const finish = deferredEpilogue(target, epilogue, {
    columns,
    writable,
    pointers: tracks.length,
    crosses: row !== undefined,
  });
  const jumps = row === undefined ? [] : tracks.map(({ jump }) => jump);
  f.run(call(finish, ...start, count, ...tracks.map(({ stride }) => stride), ...column, ...jumps));
}

/** What a deferred epilogue works on: columns of pixels, for so many pointers, which may come to the end of a row. */
interface DeferredPixels {
  readonly columns: number;
  readonly writable: number;
  readonly pointers: number;
  readonly crosses: boolean;
}

/**
 * A deferred epilogue as a function of its own: in the tile's, whose sums take all registers, what it computes on the way would be in
 * memory. Arguments: output, operands, the number of pixels; strides; column and width, jumps.
 */
function deferredEpilogue(
  { module, tier }: KernelTarget,
  epilogue: Elementwise,
  pixels: DeferredPixels,
): FunctionReference {
  const { columns, writable, pointers: count, crosses } = pixels;
  return module.shared(`epilogue ${exactJson({ epilogue, pixels })}`, () => {
    const type = takes(crosses ? 3 * count + 3 : 2 * count + 1);
    return module.function(`epilogue of ${columns} columns`, type, (f, ...args) => {
      const pointers = args.slice(0, count);
      const [column, width, ...jumps] = args.slice(2 * count + 1);
      const row = column && width ? { column, width } : undefined;
      const tracks = pointers.map((pointer, i): Track => {
        return { pointer, stride: args[count + 1 + i]!, jump: jumps[i] ?? 0 };
      });
      repeat(f, args[count]!, () => {
        const inputs = Array.from({ length: columns / 4 }, (_, j) =>
          pointers.map((pointer) => f.local('v128', loadVector(pointer, j * 16))),
        );
        storeColumns(f, pointers[0]!, 0, emitElementwise(f, tier, epilogue, inputs), writable);
        emitNext(f, row, tracks);
      });
    });
  });
}
