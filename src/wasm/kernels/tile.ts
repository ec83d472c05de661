/**
 * The innermost piece of every convolution and matrix product: a tile of rows (pixels) by columns (output channels) of
 * sums over K, held in locals. A is read in place, B is packed: `columns` numbers for each k.
 */
import { loadVector, move, repeat, storeVector } from '../arithmetic.js';
import { f32x4Const, type Local, load, type Operand, op, shuffle32 } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type LoadTerm, loadTerms, type PanelWeights, weightBytes } from './half-weights.js';
import { addProducts, multiplyAdd, type Tier } from './kernel.js';

/** An axis of the sum: so many steps, each so many floats further in A. The last axis varies fastest. */
export interface SumAxis {
  readonly size: number;
  readonly stride: number;
  /** How many terms further in B; by default the terms follow one another there. */
  readonly terms?: number;
}

/**
 * A sum whose sizes a function is given when it is called: loops around steps that follow one another in B. Of the innermost loop a
 * round has `unroll` steps.
 */
export interface SumLoops<Size extends Operand = Operand> {
  /** The innermost one; 0 where it is short. */
  readonly rounds: Size;
  /** Steps after its last round, and how far apart all steps are in A, in floats. */
  readonly left: number;
  readonly stride: number;
  /** Those around it, from the innermost one out: how often, and by how many bytes A and B go on after each round. */
  readonly around: readonly { readonly size: Size; readonly a: Size; readonly b: Size }[];
}

/** Where rows of A are: each has a pointer, or all have one, from which they start at offsets. Steps move the pointers. */
export type RowPointers = Local | readonly Local[];

export interface TileOptions {
  readonly tier: Tier;
  /** Where each row of A starts, seen from its pointer: offsets in floats, none negative. */
  readonly rows: readonly number[];
  readonly columns: number;
  readonly sum: readonly SumAxis[] | SumLoops;
  /** What makes four numbers of B, so many bytes after an address; by default they are loaded. */
  readonly loadColumns?: (address: Local, offset: number) => Operand;
  /** How many terms it is in B from those of one step to those of the next: more than one where columns are made of several. */
  readonly apart?: number;
  /** The address of memory of the thread's own, for small-N tiles. */
  readonly scratch?: Local | undefined;
  readonly weights?: PanelWeights | undefined;
}

const plainWeights: PanelWeights = { type: 'float32', first: 0, panels: 1, panelBytes: 0 };

/** Steps that are written out without a loop, unless they are whole rounds: more gain nothing, and make older engines spill. */
const longestStraightLine = 8;
const unroll = 4;

export interface StepAxis extends SumAxis {
  readonly terms: number;
}

/** Axes that follow one another without a gap, in A and in B, become one. */
export function mergeAxes(axes: readonly SumAxis[]): [StepAxis, ...StepAxis[]] {
  const all: StepAxis[] = [];
  let terms = 1;
  for (const axis of [...axes].reverse()) {
    all.unshift({ ...axis, terms: axis.terms ?? terms });
    terms = all[0]!.terms * axis.size;
  }
  const merged: StepAxis[] = [];
  for (const axis of all) {
    if (axis.size === 1) continue;
    const last = merged.at(-1);
    if (last?.stride === axis.size * axis.stride && last.terms === axis.size * axis.terms) {
      merged[merged.length - 1] = { ...axis, size: last.size * axis.size };
    } else merged.push(axis);
  }
  const [first, ...rest] = merged;
  return first === undefined ? [{ size: 1, stride: 1, terms: 1 }] : [first, ...rest];
}

/**
 * The steps of a sum that follow one another in B, each so many bytes, and the loops around them.
 * @param last the steps, where they are not those of the last axis
 */
export function loopsAround(
  axes: readonly SumAxis[],
  termBytes: number,
  last?: StepAxis,
): { readonly inner: StepAxis; readonly around: SumLoops<number>['around'] } {
  if (axes.some(({ size }) => size === 0)) return { inner: { size: 0, stride: 1, terms: 1 }, around: [] };
  const merged = mergeAxes(axes);
  if (last !== undefined || merged.at(-1)!.terms !== 1) merged.push(last ?? { size: 1, stride: 1, terms: 1 });
  const [inner, ...outer] = merged.reverse() as [StepAxis, ...StepAxis[]];
  let [a, b] = [inner.size * inner.stride, inner.size];
  const around = outer.map(({ size, stride, terms }) => {
    const loop = { size, a: (stride - a) * 4, b: (terms - b) * termBytes };
    [a, b] = [size * stride, size * terms];
    return loop;
  });
  return { inner, around };
}

export function sumLoops(axes: readonly SumAxis[], termBytes: number): SumLoops<number> {
  const { inner, around } = loopsAround(axes, termBytes);
  const rest = inner.size % unroll;
  const left = rest !== 0 && inner.size <= longestStraightLine ? inner.size : rest;
  return { rounds: (inner.size - left) / unroll, left, stride: inner.stride, around };
}

/** What differs among sums of one form. */
export function sizesOf({ rounds, around }: Pick<SumLoops<number>, 'rounds' | 'around'>): number[] {
  return [
    ...(rounds === 0 ? [] : [rounds]),
    ...around.flatMap(({ size, a, b }) => (b === 0 ? [size, a] : [size, a, b])),
  ];
}

/** What is the same among sums of one form. */
export function loopForm({ rounds, left, stride, around }: SumLoops<number>): unknown {
  return [left, stride, rounds > 0, ...around.map(({ b }) => b !== 0)];
}

/** The same loops, whose sizes come from `next` in the order of `sizesOf`. */
export function givenLoops({ rounds, around, ...form }: SumLoops<number>, next: () => Local): SumLoops {
  return {
    ...form,
    rounds: rounds === 0 ? 0 : next(),
    around: around.map(({ b }) => ({ size: next(), a: next(), b: b === 0 ? 0 : next() })),
  };
}

/** Emits the loops around the steps of a sum, which move the pointers by what they take themselves. */
export function emitAround(
  f: FunctionBuilder,
  { around }: Pick<SumLoops, 'around'>,
  a: readonly Local[],
  b: Local,
  steps: () => void,
): void {
  around.reduce(
    (body, loop) => () =>
      repeat(f, loop.size, () => {
        body();
        for (const pointer of a) move(f, pointer, loop.a);
        move(f, b, loop.b);
      }),
    steps,
  )();
}

export function pointersOf(a: RowPointers): readonly Local[] {
  return 'local' in a ? [a] : a;
}

export function rowPointer(a: RowPointers, row: number): Local {
  return 'local' in a ? a : a[row]!;
}

/** Emits what all rows add at a step of the sum. */
export type Step = (aOffset: number, bVectors: readonly Local[]) => void;

/** Sums of rows by columns, which start with what is at an address, or with 0. */
export function startSums(
  f: FunctionBuilder,
  { rows, columns }: { readonly rows: readonly unknown[]; readonly columns: number },
  bias: Operand | undefined,
): Local[][] {
  return rows.map(() =>
    Array.from({ length: columns / 4 }, (_, j) =>
      f.local('v128', bias === undefined ? f32x4Const(0) : loadVector(bias, j * 16)),
    ),
  );
}

/**
 * Emits the sums. `a` and `b` are locals with addresses in bytes and are changed; b ends after its panel.
 * @param bias the address of what the sums of a row start with, or nothing for 0.
 * @returns the sums, row by row, in vectors of four columns.
 */
export function emitTile(
  f: FunctionBuilder,
  options: TileOptions,
  a: RowPointers,
  b: Local,
  bias?: Operand,
): Local[][] {
  const sums = startSums(f, options, bias);
  const broadcast = f.local('v128');
  emitSteps(f, options, a, b, (aOffset, bVectors) => {
    for (const [m, row] of options.rows.entries()) {
      f.set(broadcast, load('v128.load32_splat', rowPointer(a, m), (row + aOffset) * 4));
      addProducts(f, options.tier, broadcast, bVectors, sums[m]!);
    }
  });
  return sums;
}

/** Floats of scratch that a small-N tile needs at most. */
export const smallNScratch = 14 * 8;

/** Channels that a step of a small-N tile takes. */
export function smallNLanes(tier: Tier): number {
  return tier === 'wide' ? 8 : 4;
}

/** What a small-N tile sums: the last axis are the channels, with stride 1. */
export function smallNSteps(tier: Tier, sum: readonly SumAxis[]): SumAxis[] {
  const lanes = smallNLanes(tier);
  return [...sum.slice(0, -1), { size: Math.ceil(sum.at(-1)!.size / lanes), stride: lanes }];
}

/**
 * The same for at most four columns, which would leave lanes idle: lanes are channels, and are added up in the end.
 * @param options `columns` are those of the result; steps are those of `smallNSteps`.
 * @returns for each row one vector of the columns, zeros after them, and one of zeros.
 */
export function emitSmallNTile(
  f: FunctionBuilder,
  options: TileOptions,
  a: RowPointers,
  b: Local,
  bias?: Operand,
): Local[][] {
  const { tier, rows, columns } = options;
  const lanes = smallNLanes(tier);
  const parts = lanes / 4;
  const sums = rows.map(() => Array.from({ length: columns * parts }, () => f.local('v128', f32x4Const(0))));
  const values = f.locals(parts, 'v128');
  emitSteps(f, { ...options, columns: columns * lanes }, a, b, (aOffset, bVectors) => {
    for (const [m, row] of rows.entries()) {
      for (const [i, value] of values.entries())
        f.set(value, loadVector(rowPointer(a, m), (row + aOffset + i * 4) * 4));
      for (const [j, total] of sums[m]!.entries()) {
        f.set(total, multiplyAdd(tier, values[j % parts]!, bVectors[j]!, total));
      }
    }
  });
  const keep = (value: Operand) => f.local('v128', value);
  const zero = keep(f32x4Const(0));
  const addPairs = (x: Local, y: Local, even: readonly number[], odd: readonly number[]) =>
    keep(op('f32x4.add', shuffle32(x, y, even), shuffle32(x, y, odd)));
  const shift = bias === undefined ? zero : keep(loadVector(bias));
  // V8 begins to pair vectors at adjacent stores, which sums of two vectors are not: so they go by way of memory.
  const placeOf = (m: number, j: number) => (m * columns * parts + j) * 16;
  if (parts > 1) {
    for (const [m, vectors] of sums.entries()) {
      for (const [j, vector] of vectors.entries()) storeVector(f, options.scratch!, placeOf(m, j), vector);
    }
  }
  return sums.map((vectors, m) => {
    const whole = Array.from({ length: 4 }, (_, column) => {
      if (column >= columns) return zero;
      if (parts === 1) return vectors[column]!;
      const [low, high] = [0, 1].map((i) => loadVector(options.scratch!, placeOf(m, column * parts + i)));
      return keep(op('f32x4.add', low!, high!));
    });
    const low = addPairs(whole[0]!, whole[1]!, [0, 1, 4, 5], [2, 3, 6, 7]);
    const high = addPairs(whole[2]!, whole[3]!, [0, 1, 4, 5], [2, 3, 6, 7]);
    return [keep(op('f32x4.add', addPairs(low, high, [0, 2, 4, 6], [1, 3, 5, 7]), shift)), zero];
  });
}

/** Loops over the sum, unrolled in part. Of a sum of constant sizes, `a` has its value again afterwards. */
export function emitSteps(f: FunctionBuilder, options: TileOptions, a: RowPointers, b: Local, step: Step): void {
  const { weights = plainWeights, loadColumns, apart = 1, sum } = options;
  const columns = options.columns / weights.panels;
  const termBytes = columns * weightBytes(weights.type) * apart;
  const bVectors = f.locals(options.columns / 4, 'v128');
  const loadTerm: LoadTerm =
    loadColumns === undefined
      ? loadTerms(f, weights, columns, b)
      : (term, vectors) => {
          for (const [j, vector] of vectors.entries()) f.set(vector, loadColumns(b, term * termBytes + j * 16));
        };
  const pointers = pointersOf(a);
  const advance = (bytes: number) => {
    for (const pointer of pointers) f.increase(pointer, bytes);
  };
  const fixed = 'around' in sum ? undefined : sumLoops(sum, termBytes);
  const loops = fixed ?? (sum as SumLoops);
  const run = (rounds: Operand, size: number) => {
    if (size === 0) return;
    repeat(f, rounds, () => {
      for (let term = 0; term < size; term++) {
        loadTerm(term, bVectors);
        step(term * loops.stride, bVectors);
      }
      advance(size * loops.stride * 4);
      f.increase(b, size * termBytes);
    });
  };
  emitAround(f, loops, pointers, b, () => {
    run(loops.rounds, unroll);
    run(1, loops.left);
  });
  if (fixed === undefined) return;
  const steps = (fixed.rounds * unroll + fixed.left) * fixed.stride * 4;
  advance(-fixed.around.reduce((bytes, loop) => loop.size * (bytes + loop.a), steps));
}
