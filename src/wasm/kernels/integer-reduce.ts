/** Reductions of integers and bools, wrapped to their type in each step as the references do. */
import { repeat } from '../arithmetic.js';
import { type Local, type Operand, op, select } from '../expression.js';
import { type Element, type IntegerType, loadElement, storeElement, wrapped } from './cells.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { type PointerAxis, positionKernel } from './rows.js';
import type { SumAxis } from './tile.js';

export type IntegerReduceKind = 'sum' | 'mean' | 'max' | 'min' | 'product' | 'sum of magnitudes' | 'sum of squares';

export interface IntegerReduceParams {
  readonly kind: IntegerReduceKind;
  /** Strides of input and output, in words. */
  readonly kept: readonly PointerAxis[];
  readonly reduced: readonly SumAxis[];
  readonly input: Element;
  readonly output: Element;
}

/** Arguments: input, output. */
export function integerReduce(target: KernelTarget, params: IntegerReduceParams): Kernel {
  const { kind, kept, reduced, input, output } = params;
  const type = input.type as IntegerType;
  const count = product(reduced.map(({ size }) => size));
  const isUnsigned = type === 'uint64';
  const combine = (total: Local, value: Local): Operand => {
    switch (kind) {
      case 'max':
        return select('i64', value, total, op(isUnsigned ? 'i64.gt_u' : 'i64.gt_s', value, total));
      case 'min':
        return select('i64', value, total, op(isUnsigned ? 'i64.lt_u' : 'i64.lt_s', value, total));
      case 'product':
        return wrapped(type, op('i64.mul', total, value));
      case 'sum of squares':
        return wrapped(type, op('i64.add', total, wrapped(type, op('i64.mul', value, value))));
      case 'sum of magnitudes': {
        const isNegative = isUnsigned ? 0 : op('i64.lt_s', value, 0);
        return wrapped(type, op('i64.add', total, select('i64', op('i64.sub', 0, value), value, isNegative)));
      }
      // A mean is of the sum as it is.
      case 'mean':
        return op('i64.add', total, value);
      case 'sum':
        return wrapped(type, op('i64.add', total, value));
    }
  };
  return positionKernel(target, {
    name: `integer reduce ${kind}`,
    axes: kept,
    pointers: 2,
    operations: count * product(kept.map(({ size }) => size)),
    work: count * 2,
    body: (f, [from, to]) => {
      const total = f.local('i64');
      // The first element of an extremum is its own beginning.
      if (kind === 'max' || kind === 'min') f.set(total, loadElement(input, from!));
      else f.set(total, kind === 'product' ? 1 : 0);
      const at = f.local('i32', from);
      const walk = (axes: readonly SumAxis[]): void => {
        const [axis, ...rest] = axes;
        if (axis === undefined) {
          f.set(total, combine(total, f.local('i64', loadElement(input, at))));
          return;
        }
        repeat(f, axis.size, () => {
          walk(rest);
          f.increase(at, axis.stride * 4);
        });
        f.increase(at, -axis.size * axis.stride * 4);
      };
      walk(reduced);
      const result = kind === 'mean' ? op(isUnsigned ? 'i64.div_u' : 'i64.div_s', total, count) : total;
      storeElement(f, output, to!, kind === 'mean' ? wrapped(type, result) : result);
    },
  });
}
