/**
 * Reductions over axes of strided tensors. Lanes run along the contiguous axis: along a reduced one they are added up in the
 * end, along a kept one (channels, where pixels are reduced) each is an element of the result.
 */

import { f32x4Const, type Local, load, memoryLaneOp, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type FoldName, foldPositions, foldRuns, plainValues, type ValuesAt } from './fold.js';
import { functions } from './functions.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { columnKernel, mergePointerAxes, type PointerAxis, positionKernel } from './rows.js';
import { storeColumns } from './store-columns.js';
import { mergeAxes, type SumAxis } from './tile.js';

export interface ReduceParams {
  readonly kind: ReduceKind;
  /** Strides of input and output. */
  readonly kept: readonly PointerAxis[];
  /** At least one element altogether. */
  readonly reduced: readonly SumAxis[];
  /**
   * Floats from the start of each of the output's contiguous runs that may be overwritten, where there are more than it has.
   */
  readonly writable?: number;
}

/** `norm` is the root of the sum of squares. */
export type ReduceKind =
  | 'sum'
  | 'mean'
  | 'max'
  | 'min'
  | 'product'
  | 'sum of magnitudes'
  | 'sum of squares'
  | 'norm'
  | 'log of sum';

/** Arguments: input, output. */
export function reduce(target: KernelTarget, params: ReduceParams): Kernel {
  const { kind, writable } = params;
  const kept = mergePointerAxes([...params.kept].sort((a, b) => b.strides[0]! - a.strides[0]!));
  const reduced = mergeAxes([...params.reduced].sort((a, b) => b.stride - a.stride));
  const count = product(reduced.map(({ size }) => size));
  const folds: Partial<Record<ReduceKind, FoldName>> = { max: 'max', min: 'min', product: 'mul' };
  const fold = folds[kind] ?? 'add';
  const common = {
    name: `reduce ${kind}`,
    pointers: 2,
    operations: product(kept.map(({ size }) => size)) * count,
  };
  const isSquared = kind === 'sum of squares' || kind === 'norm';
  const mapped =
    (f: FunctionBuilder, valuesAt: ValuesAt): ValuesAt =>
    (at, vectors) => {
      const values = valuesAt(at, vectors);
      if (kind === 'sum of magnitudes') return values.map((value) => f.local('v128', op('f32x4.abs', value)));
      if (!isSquared) return values;
      const kept = values.map((value) => f.local('v128', value));
      return kept.map((value) => f.local('v128', op('f32x4.mul', value, value)));
    };
  const finish = (f: FunctionBuilder, totals: readonly Operand[]): readonly Operand[] => {
    if (kind === 'mean') return totals.map((total) => f.local('v128', op('f32x4.div', total, f32x4Const(count))));
    if (kind === 'norm') return totals.map((total) => f.local('v128', op('f32x4.sqrt', total)));
    if (kind === 'log of sum') return functions.log(f, target.tier, totals);
    return totals;
  };
  const storeOne = (f: FunctionBuilder, to: Local, value: Operand) =>
    f.run(memoryLaneOp('v128.store32_lane', 0, 0, to, value));

  const columns = kept.at(-1)?.strides.every((stride) => stride === 1)
    ? kept.at(-1)
    : writable === undefined
      ? undefined
      : { size: 1, strides: [1, 1] };
  const run = reduced.at(-1)!;
  if (columns === undefined && run.stride === 1) {
    return positionKernel(target, {
      ...common,
      axes: kept,
      work: count + 64,
      body: (f, [from, to]) => {
        const total = foldRuns(f, fold, from!, reduced.slice(0, -1), run.size, mapped(f, plainValues));
        storeOne(f, to!, finish(f, [total])[0]!);
      },
    });
  }
  if (columns === undefined) {
    const single: ValuesAt = (at) => [load('v128.load32_zero', at)];
    return positionKernel(target, {
      ...common,
      axes: kept,
      work: count,
      body: (f, [from, to]) => {
        storeOne(f, to!, finish(f, foldPositions(f, fold, from!, reduced, 1, mapped(f, single)))[0]!);
      },
    });
  }
  return columnKernel(target, {
    ...common,
    axes: kept.at(-1) === columns ? kept.slice(0, -1) : kept,
    columns: columns.size,
    ...(writable === undefined ? {} : { writable }),
    work: count * 8,
    body: (f, [from, to], room) => {
      const totals = foldPositions(f, fold, from!, reduced, Math.ceil(room / 4), mapped(f, plainValues));
      storeColumns(f, to!, 0, finish(f, totals), room);
    },
  });
}
