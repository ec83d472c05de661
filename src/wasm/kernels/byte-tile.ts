/**
 * Tiles of convolutions whose operands are bytes, four to a word: a step of the sum is a word, four channels. Inputs are unsigned,
 * weights signed, sums of 32 bits are exact (they wrap as integers of 32 bits do).
 */
import { integers, loadVector, storeVector } from '../arithmetic.js';
import {
  type Expression,
  i32x4Const,
  type Local,
  load,
  memoryLaneOp,
  type Operand,
  op,
  shuffle32,
  v128Const,
} from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { emitSteps, pointersOf, type RowPointers, rowPointer, type SumAxis, type TileOptions } from './tile.js';

/**
 * How four products are summed. `relaxed`: by one instruction, whose result the engine may choose where a byte of the input is
 * above 127; for engines that are known to take it as it is. `pairs`: by way of 16 bits, in any engine.
 */
export type ByteProducts = 'relaxed' | 'pairs';

/** Bytes as products take them: as they are, or apart those of even and of odd places, each in 16 bits. */
type Factors = readonly [Operand] | readonly [even: Operand, odd: Operand];

function factorsOf(f: FunctionBuilder, form: ByteProducts, bytes: Operand, isSigned: boolean): Factors {
  if (form === 'relaxed') return [bytes];
  const even = isSigned
    ? op('i16x8.shr_s', op('i16x8.shl', bytes, 8), 8)
    : op('v128.and', bytes, integers(f, 0x00ff00ff));
  return [f.local('v128', even), f.local('v128', op(isSigned ? 'i16x8.shr_s' : 'i16x8.shr_u', bytes, 8))];
}

/** In four lanes: sum + the products of four weights and four inputs. */
function addProducts(weights: Factors, inputs: Factors, sum: Operand): Expression {
  const [wEven, wOdd] = weights;
  const [xEven, xOdd] = inputs;
  if (wOdd === undefined || xOdd === undefined) return op('i32x4.relaxed_dot_i8x16_i7x16_add_s', wEven, xEven, sum);
  const products = op('i32x4.add', op('i32x4.dot_i16x8_s', wEven, xEven), op('i32x4.dot_i16x8_s', wOdd, xOdd));
  return op('i32x4.add', sum, products);
}

/**
 * What `emitTile` does, for words of bytes: sums are left at `target`, row after row.
 * @param bias the address of what the sums of a row start with, or nothing for 0
 * @param finish what becomes of the sums of a row before
 * @param isDepthwise whether every column has words of its own, next to those of the column before
 */
export function emitByteTile(
  f: FunctionBuilder,
  options: TileOptions,
  form: ByteProducts,
  a: RowPointers,
  b: Local,
  target: Local,
  bias?: Operand,
  finish: (sums: readonly Local[]) => readonly Operand[] = (sums) => sums,
  isDepthwise = false,
): void {
  const { rows, columns } = options;
  const start = (j: number) => (bias === undefined ? i32x4Const(0) : loadVector(bias, j * 16));
  const sums = rows.map(() => Array.from({ length: columns / 4 }, (_, j) => f.local('v128', start(j))));
  const loaded = f.local('v128');
  emitSteps(f, options, a, b, (aOffset, bVectors) => {
    const weights = bVectors.map((vector) => factorsOf(f, form, vector, true));
    for (const [m, row] of rows.entries()) {
      const from = (row + aOffset) * 4;
      const read = (words: Operand) => {
        f.set(loaded, words);
        return factorsOf(f, form, loaded, false);
      };
      const at = rowPointer(a, m);
      const broadcast = isDepthwise ? undefined : read(load('v128.load32_splat', at, from));
      for (const [j, sum] of sums[m]!.entries())
        f.set(sum, addProducts(weights[j]!, broadcast ?? read(loadVector(at, from + j * 16)), sum));
    }
  });
  for (const [m, vectors] of sums.entries()) {
    for (const [j, sum] of finish(vectors).entries()) storeVector(f, target, (m * columns + j * 4) * 4, sum);
  }
}

/**
 * For each row the sum of the bytes that its windows read, in one word each at `target`.
 * @param sum of constant sizes
 * @param channels of the last axis of the sum, which are bytes of words
 */
export function emitByteSums(
  f: FunctionBuilder,
  options: TileOptions,
  form: ByteProducts,
  channels: number,
  a: RowPointers,
  target: Local,
): void {
  const { rows, sum } = options;
  const taps = (sum as readonly SumAxis[]).slice(0, -1);
  const totals = rows.map(() => f.local('v128', i32x4Const(0)));
  const unused = f.local('i32', 0);
  const pass = (vectors: number, weights: Expression) => {
    if (vectors === 0) return;
    const ones = factorsOf(f, form, f.local('v128', weights), true);
    const axes = [...taps, { size: vectors, stride: 4 }];
    emitSteps(f, { ...options, columns: 0, sum: axes }, a, unused, (aOffset) => {
      for (const [m, row] of rows.entries()) {
        const inputs = factorsOf(f, form, f.local('v128', loadVector(rowPointer(a, m), (row + aOffset) * 4)), false);
        f.set(totals[m]!, addProducts(ones, inputs, totals[m]!));
      }
    });
  };
  const whole = Math.floor(channels / 16);
  pass(whole, v128Const(new Uint8Array(16).fill(1)));
  if (channels % 16 > 0) {
    const advance = (by: number) => {
      for (const pointer of pointersOf(a)) f.increase(pointer, by);
    };
    advance(whole * 16);
    pass(1, v128Const(Uint8Array.from({ length: 16 }, (_, i) => (i < channels % 16 ? 1 : 0))));
    advance(-whole * 16);
  }
  for (const [m, total] of totals.entries()) {
    const halves = f.local('v128', op('i32x4.add', total, shuffle32(total, total, [2, 3, 0, 1])));
    const whole32 = f.local('v128', op('i32x4.add', halves, shuffle32(halves, halves, [1, 0, 3, 2])));
    storeVector(f, target, m * 16, whole32);
  }
}

/** Numbers that are whole and from 0 to 255, in vectors of four, as bytes: the first `room` of them are stored. */
export function storeBytes(f: FunctionBuilder, address: Operand, values: readonly Operand[], room: number): void {
  const whole = values.map((value) => f.local('v128', op('i32x4.trunc_sat_f32x4_s', value)));
  storeWords(f, address, whole, room, 0, 255);
}

/** The same of integers, which are kept within bounds from 0 to 255. */
export function storeWords(
  f: FunctionBuilder,
  address: Operand,
  values: readonly Local[],
  room: number,
  least: number,
  most: number,
  offset = 0,
): void {
  const pair = (i: number) => op('i16x8.narrow_i32x4_s', values[i]!, values[i + 1] ?? values[i]!);
  const bytes = f.local('v128', op('i8x16.narrow_i16x8_u', pair(0), values.length > 2 ? pair(2) : pair(0)));
  if (least > 0) f.set(bytes, op('i8x16.max_u', bytes, v128Const(new Uint8Array(16).fill(least))));
  if (most < 255) f.set(bytes, op('i8x16.min_u', bytes, v128Const(new Uint8Array(16).fill(most))));
  storeWholeBytes(f, address, bytes, Math.min(room, values.length * 4), offset);
}

/** The first bytes of a vector, a multiple of four of them. */
export function storeWholeBytes(
  f: FunctionBuilder,
  address: Operand,
  bytes: Local,
  stored: number,
  offset: number,
): void {
  if (stored >= 16) storeVector(f, address, offset, bytes);
  else {
    let at = 0;
    if (stored >= 8) {
      f.run(memoryLaneOp('v128.store64_lane', offset, 0, address, bytes));
      at = 8;
    }
    if (stored - at >= 4) f.run(memoryLaneOp('v128.store32_lane', offset + at, at / 4, address, bytes));
  }
}

/** Bytes as float32, in vectors of four, the first `vectors` of them. */
export function loadBytes(f: FunctionBuilder, address: Operand, vectors: number): Local[] {
  return loadWords(f, address, vectors).map((words) => f.local('v128', op('f32x4.convert_i32x4_s', words)));
}

/** The same as integers. */
export function loadWords(f: FunctionBuilder, address: Operand, vectors: number): Local[] {
  const bytes = f.local('v128', loadVector(address));
  const low = f.local('v128', op('i16x8.extend_low_i8x16_u', bytes));
  const halves = vectors > 2 ? [low, f.local('v128', op('i16x8.extend_high_i8x16_u', bytes))] : [low];
  return halves
    .flatMap((half) => [op('i32x4.extend_low_i16x8_s', half), op('i32x4.extend_high_i16x8_s', half)])
    .slice(0, vectors)
    .map((words) => f.local('v128', words));
}
