/**
 * Indices of the largest or smallest elements along an axis, as float32, which is exact below 2^24. NaN is before any number.
 * Lanes are adjacent elements of the result where there are some.
 */
import { add, repeat } from '../arithmetic.js';
import { f32x4Const, type Local, load, memoryLaneOp, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { plainValues, type ValuesAt } from './fold.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { columnKernel, mergePointerAxes, type PointerAxis, positionKernel } from './rows.js';
import { storeColumns } from './store-columns.js';
import type { SumAxis } from './tile.js';

export interface ArgExtremumParams {
  readonly kind: 'max' | 'min';
  /** Of equal elements the last instead of the first. */
  readonly takesLast: boolean;
  /** Strides of input and output. */
  readonly kept: readonly PointerAxis[];
  readonly axis: SumAxis;
}

/** Arguments: input, output. */
export function argExtremum(target: KernelTarget, params: ArgExtremumParams): Kernel {
  const { kind, takesLast, axis } = params;
  const kept = mergePointerAxes([...params.kept].sort((a, b) => b.strides[0]! - a.strides[0]!));
  const common = {
    name: `arg ${kind}`,
    pointers: 2,
    operations: 3 * axis.size * product(kept.map(({ size }) => size)),
  };
  const comparison = kind === 'max' ? (takesLast ? 'f32x4.ge' : 'f32x4.gt') : takesLast ? 'f32x4.le' : 'f32x4.lt';
  const indicesAt = (f: FunctionBuilder, from: Local, vectors: number, valuesAt: ValuesAt): Local[] => {
    const best = [...valuesAt(from, vectors)].map((value) => f.local('v128', value));
    const indices = best.map(() => f.local('v128', f32x4Const(0)));
    const index = f.local('v128', f32x4Const(0));
    const at = f.local('i32', from);
    repeat(f, axis.size - 1, () => {
      f.set(at, add(at, axis.stride * 4));
      f.set(index, op('f32x4.add', index, f32x4Const(1)));
      const values = [...valuesAt(at, vectors)].map((value) => f.local('v128', value));
      const masks = values.map((value, j) => f.local('v128', isChosen(value, best[j]!)));
      for (const [j, mask] of masks.entries()) {
        f.set(best[j]!, op('v128.bitselect', values[j]!, best[j]!, mask));
        f.set(indices[j]!, op('v128.bitselect', index, indices[j]!, mask));
      }
    });
    return indices;
  };
  const isChosen = (value: Local, best: Local): Operand => {
    const isBetter = op('v128.or', op(comparison, value, best), op('f32x4.ne', value, value));
    // The first NaN stays; of several, the last one has replaced it already where that is asked for.
    return takesLast ? isBetter : op('v128.and', isBetter, op('f32x4.eq', best, best));
  };
  const last = kept.at(-1);
  const columns = last?.strides.every((stride) => stride === 1) ? last : undefined;
  if (columns === undefined) {
    const single: ValuesAt = (at) => [load('v128.load32_zero', at)];
    return positionKernel(target, {
      ...common,
      axes: kept,
      work: axis.size * 4,
      body: (f, [from, to]) => {
        f.run(memoryLaneOp('v128.store32_lane', 0, 0, to!, indicesAt(f, from!, 1, single)[0]!));
      },
    });
  }
  return columnKernel(target, {
    ...common,
    axes: kept.slice(0, -1),
    columns: columns.size,
    work: axis.size * 8,
    body: (f, [from, to], room) => storeColumns(f, to!, 0, indicesAt(f, from!, Math.ceil(room / 4), plainValues), room),
  });
}
