/**
 * The largest and the smallest number of runs, in one pass: a vector's worth of both, which is one instruction each where
 * NaN does not have to win.
 */
import { loadVector, repeat, storeVector } from '../arithmetic.js';
import { type Local, load, memoryLaneOp, type Operand, op, shuffle32 } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { type PointerAxis, positionKernel } from './rows.js';
import type { SumAxis } from './tile.js';

export interface RangeParams {
  /** The runs: strides of the input and of the output. */
  readonly rows: readonly PointerAxis[];
  /** Numbers of a piece, one after the other, and the pieces of a run: a pixel's channels, or a row of pixels at once. */
  readonly piece: number;
  readonly pieces: SumAxis;
  /** Floats from the largest number of a run to the smallest. */
  readonly apart: number;
}

export const sides = ['f32x4.pmax', 'f32x4.pmin'] as const;
const vectors = 4;
const step = vectors * 4;

/** Takes vectors into the range at an address: a vector of the largest numbers, and one of the smallest. Of NaN nothing is said. */
export function emitRange(f: FunctionBuilder, address: Local, vectors: readonly Operand[]): void {
  for (const [side, name] of sides.entries()) {
    let values = [...vectors];
    while (values.length > 1) {
      const pairs = values.flatMap((value, i) => (i % 2 === 0 ? [[value, values[i + 1]] as const] : []));
      values = pairs.map(([a, b]) => (b === undefined ? a : f.local('v128', op(name, a, b))));
    }
    storeVector(f, address, side * 16, op(name, loadVector(address, side * 16), values[0]!));
  }
}

/** Arguments: input, output. Of NaN nothing is said. */
export function range(target: KernelTarget, params: RangeParams): Kernel {
  const { rows, piece, pieces, apart } = params;
  const [length, run] = pieces.stride === piece ? [piece * pieces.size, { size: 1, stride: 0 }] : [piece, pieces];
  return positionKernel(target, {
    name: 'range',
    axes: rows,
    pointers: 2,
    operations: 2 * product(rows.map(({ size }) => size)) * piece * pieces.size,
    work: piece * pieces.size + step,
    body: (f, [from, to]) => {
      const totals = length < 4 ? singles(f, from!, length, run) : whole(f, from!, length, run);
      for (const [side, total] of totals.entries())
        f.run(memoryLaneOp('v128.store32_lane', side * apart * 4, 0, to!, total));
    },
  });
}

function singles(f: FunctionBuilder, from: Local, length: number, run: SumAxis): Local[] {
  const totals = sides.map(() => f.local('v128', load('v128.load32_splat', from)));
  repeat(f, run.size, () => {
    for (let i = 0; i < length; i++) {
      const value = f.local('v128', load('v128.load32_splat', from, i * 4));
      for (const [side, name] of sides.entries()) f.set(totals[side]!, op(name, totals[side]!, value));
    }
    f.increase(from, run.stride * 4);
  });
  return totals;
}

/** Vectors may overlap: what is looked at twice changes nothing. */
function whole(f: FunctionBuilder, start: Local, length: number, run: SumAxis): Local[] {
  const count = Math.min(vectors, Math.floor(length / 4));
  const from = f.local('i32', start);
  const totals = sides.map(() => Array.from({ length: count }, (_, i) => f.local('v128', loadVector(from, i * 16))));
  const take = (offsets: readonly number[]) => {
    const values = offsets.map((offset) => f.local('v128', loadVector(from, offset)));
    for (const [side, name] of sides.entries())
      for (const [i, value] of values.entries()) f.set(totals[side]![i]!, op(name, totals[side]![i]!, value));
  };
  const left = length % step;
  repeat(f, run.size, () => {
    f.set(from, start);
    repeat(f, Math.floor(length / step), () => {
      take(Array.from({ length: vectors }, (_, i) => i * 16));
      f.increase(from, step * 4);
    });
    // `from` is after the whole steps.
    const rest = Array.from({ length: Math.floor(left / 4) }, (_, i) => i * 16);
    if (rest.length > 0) take(rest);
    if (left % 4 > 0) {
      f.increase(from, (left - 4) * 4);
      take([0]);
    }
    f.increase(start, run.stride * 4);
  });
  return sides.map((name, side) => {
    const [first, ...others] = totals[side] as [Local, ...Local[]];
    for (const other of others) f.set(first, op(name, first, other));
    for (const lanes of [
      [2, 3, 0, 1],
      [1, 0, 3, 2],
    ])
      f.set(first, op(name, first, shuffle32(first, first, lanes)));
    return first;
  });
}
