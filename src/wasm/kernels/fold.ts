/**
 * Sums, maxima and minima over axes, in vectors: what reductions and normalizations have in common. Long sums are made of
 * short ones, so that rounding errors do not add up.
 */

import { laneMask, loadVector, repeat } from '../arithmetic.js';
import { f32x4Const, type Local, type Operand, op, shuffle32 } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { storeColumns } from './store-columns.js';
import { mergeAxes, type SumAxis } from './tile.js';
import { paddedChannels } from './views.js';

/** `largest` is the maximum where what becomes of a NaN does not matter: of one instruction. */
export type FoldName = 'add' | 'mul' | 'max' | 'min' | 'largest';

const identities = {
  add: 0,
  mul: 1,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
  largest: Number.NEGATIVE_INFINITY,
} as const;
const operations = {
  add: 'f32x4.add',
  mul: 'f32x4.mul',
  max: 'f32x4.max',
  min: 'f32x4.min',
  largest: 'f32x4.pmax',
} as const;

/** Terms of a short sum. */
const longestSum = 128;

function combine(name: FoldName, a: Operand, b: Operand): Operand {
  return op(operations[name], a, b);
}

/** Emits the numbers of several vectors at a pointer, or what is computed of them. */
export type ValuesAt = (at: Local, vectors: number) => readonly Operand[];

export const plainValues: ValuesAt = (at, vectors) => Array.from({ length: vectors }, (_, j) => loadVector(at, j * 16));

/** Totals of `count` adjacent vectors, over all positions of the axes. */
export function foldPositions(
  f: FunctionBuilder,
  name: FoldName,
  start: Operand,
  axes: readonly SumAxis[],
  vectors: number,
  valuesAt: ValuesAt,
): Local[] {
  const totals = startTotals(f, name, vectors);
  foldInto(f, name, f.local('i32', start), axes, totals, (at) => valuesAt(at, vectors));
  return totals;
}

/** The total of runs of `length` floats, one at each position of the axes, in all lanes. */
export function foldRuns(
  f: FunctionBuilder,
  name: FoldName,
  start: Operand,
  axes: readonly SumAxis[],
  length: number,
  valuesAt: ValuesAt,
): Local {
  const vectors = Math.min(4, Math.ceil(length / 4));
  const step = vectors * 4;
  const rounds = Math.floor(length / step);
  const totals = startTotals(f, name, vectors);
  const at = f.local('i32', start);
  if (rounds > 0) {
    foldInto(f, name, at, [...axes, { size: rounds, stride: step }], totals, (place) => valuesAt(place, vectors));
  }
  const rest = length - rounds * step;
  if (rest > 0) {
    const count = Math.ceil(rest / 4);
    f.increase(at, rounds * step * 4);
    foldInto(f, name, at, axes, totals.slice(0, count), (place) => {
      const values = [...valuesAt(place, count)];
      const lanes = rest - (count - 1) * 4;
      if (lanes < 4) {
        values[count - 1] = op('v128.bitselect', values[count - 1]!, f32x4Const(identities[name]), laneMask(lanes));
      }
      return values;
    });
  }
  return foldLanes(f, name, totals);
}

/** The total of all lanes of some vectors, in each lane. */
function foldLanes(f: FunctionBuilder, name: FoldName, vectors: readonly Local[]): Local {
  let level: Local[] = [...vectors];
  while (level.length > 1) {
    const half = Math.ceil(level.length / 2);
    const above = level;
    level = above
      .slice(0, half)
      .map((vector, i) =>
        above[half + i] === undefined ? vector : f.local('v128', combine(name, vector, above[half + i]!)),
      );
  }
  const [total] = level as [Local];
  const pairs = f.local('v128', combine(name, total, shuffle32(total, total, [2, 3, 0, 1])));
  return f.local('v128', combine(name, pairs, shuffle32(pairs, pairs, [1, 0, 3, 2])));
}

function startTotals(f: FunctionBuilder, name: FoldName, vectors: number): Local[] {
  return Array.from({ length: vectors }, () => f.local('v128', f32x4Const(identities[name])));
}

/** `at` keeps its value. */
function foldInto(
  f: FunctionBuilder,
  name: FoldName,
  at: Local,
  axes: readonly SumAxis[],
  totals: readonly Local[],
  valuesAt: (at: Local) => readonly Operand[],
): void {
  const along = (size: number, stride: number, body: () => void) => {
    repeat(f, size, () => {
      body();
      f.increase(at, stride * 4);
    });
    f.increase(at, -size * stride * 4);
  };
  const stepsOf = (list: readonly SumAxis[]) => list.reduce((count, { size }) => count * size, 1);
  const plain = (list: readonly SumAxis[], into: readonly Local[]): void => {
    const [first, ...rest] = list;
    if (first !== undefined) along(first.size, first.stride, () => plain(rest, into));
    else for (const [j, value] of [...valuesAt(at)].entries()) f.set(into[j]!, combine(name, into[j]!, value));
  };
  const inParts = (list: readonly SumAxis[]): void => {
    const [first, ...rest] = list;
    if (first === undefined || stepsOf(list) <= longestSum) {
      addPart(list);
      return;
    }
    if (stepsOf(rest) > longestSum / 2) {
      along(first.size, first.stride, () => inParts(rest));
      return;
    }
    const block = Math.floor(longestSum / stepsOf(rest));
    const blocks = Math.floor(first.size / block);
    const left = first.size - blocks * block;
    along(blocks, first.stride * block, () => addPart([{ size: block, stride: first.stride }, ...rest]));
    if (left === 0) return;
    f.increase(at, blocks * block * first.stride * 4);
    addPart([{ size: left, stride: first.stride }, ...rest]);
    f.increase(at, -blocks * block * first.stride * 4);
  };
  const addPart = (list: readonly SumAxis[]): void => {
    const parts = startTotals(f, name, totals.length);
    plain(list, parts);
    for (const [j, total] of totals.entries()) f.set(total, combine(name, total, parts[j]!));
  };
  const merged = mergeAxes(axes).filter(({ size }) => size > 1);
  if (name === 'add' && stepsOf(merged) > longestSum) inParts(merged);
  else plain(merged, totals);
}

const step = 8;

/**
 * Writes what is computed of a run of `length` floats, element by element; zeros follow up to `padded`.
 * @param compute the results of so many vectors at the pointers, which begin at the runs.
 */
export function mapRun(
  f: FunctionBuilder,
  sources: readonly Local[],
  target: Local,
  length: number,
  padded: number,
  compute: (sources: readonly Local[], vectors: number) => readonly Operand[],
): void {
  const from = sources.map((source) => f.local('i32', source));
  const to = f.local('i32', target);
  const rounds = Math.floor(length / step);
  repeat(f, rounds, () => {
    storeColumns(f, to, 0, compute(from, step / 4), step);
    for (const pointer of [...from, to]) f.increase(pointer, step * 4);
  });
  const rest = length - rounds * step;
  const room = Math.max(rest, padded - rounds * step);
  if (room === 0) return;
  const values = rest === 0 ? [] : compute(from, Math.ceil(rest / 4));
  const masked = Array.from({ length: Math.ceil(room / 4) }, (_, j) => {
    const lanes = Math.max(0, rest - j * 4);
    if (lanes === 0) return f32x4Const(0);
    return lanes >= 4 ? values[j]! : op('v128.and', values[j]!, laneMask(lanes));
  });
  storeColumns(f, to, 0, masked, room);
}

/** Floats of a run's target when its padding up to a multiple of 8 is filled as far as it may be. */
export function paddedLength(length: number, writable: number): number {
  return Math.max(length, Math.min(writable, paddedChannels(length)));
}
