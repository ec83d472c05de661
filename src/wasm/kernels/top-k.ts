/** The first elements along an axis in ascending or descending order, equal ones in the order of their indices. */
import { add, forRange, minimum, multiply } from '../arithmetic.js';
import { type Local, load, memoryOp, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';
import { type Element, loadElement, wordsOf } from './cells.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { type PointerAxis, rowKernel } from './rows.js';

export interface TopKParams {
  /** Lines, with strides of input, values and indices in words. */
  readonly lines: readonly PointerAxis[];
  readonly element: Element;
  readonly size: number;
  readonly k: number;
  readonly largest: boolean;
  /** Strides along the axis, in words. */
  readonly stride: number;
  readonly valueStride: number;
  readonly indexStride: number;
}

/** Words of scratch: two lists of indices. */
export function topKScratch(size: number): number {
  return 2 * size;
}

/** Arguments: input, values, indices (int64), scratch. Units are lines, each of which is merge-sorted. */
export function topK(target: KernelTarget, params: TopKParams): Kernel {
  const { lines, element, size, k, largest, stride, valueStride, indexStride } = params;
  const words = wordsOf(element.cells);
  const type = element.type === 'float32' ? 'f32' : 'i64';
  const isUnsigned = element.type === 'uint64';

  /** Whether element `a` comes before `b`; NaN is above all numbers. */
  const isBefore = (a: Local, b: Local): Operand => {
    if (type === 'i64')
      return op(largest ? (isUnsigned ? 'i64.gt_u' : 'i64.gt_s') : isUnsigned ? 'i64.lt_u' : 'i64.lt_s', a, b);
    const [high, low] = largest ? [a, b] : [b, a];
    const isOnlyNaN = op('i32.and', op('f32.ne', high, high), op('f32.eq', low, low));
    return op('i32.or', op('f32.gt', high, low), isOnlyNaN);
  };

  return rowKernel(target, {
    name: 'top k',
    key: params,
    axes: lines,
    pointers: 4,
    operations: product(lines.map((axis) => axis.size)) * size * Math.ceil(Math.log2(size + 1)),
    body: (f, [input, values, indices, scratch]) => {
      const from = f.local('i32', scratch);
      const to = f.local('i32', add(scratch!, size * 4));
      const valueAt = (index: Operand) => f.local(type, loadElement(element, add(input!, multiply(index, stride * 4))));
      forRange(f, 0, size, 1, (i) => f.run(memoryOp('i32.store', 0, add(from, multiply(i, 4)), i)));
      const width = f.local('i32', 1);
      f.set(width, 1);
      const pass = () => {
        const low = f.local('i32', 0);
        f.set(low, 0);
        f.loop((next) => {
          merge(f, low, width);
          f.set(low, add(low, multiply(width, 2)));
          f.brIf(next, op('i32.lt_s', low, size));
        });
        const swapped = f.local('i32', from);
        f.set(from, to);
        f.set(to, swapped);
      };
      const merge = (g: FunctionBuilder, low: Local, half: Local) => {
        const middle = g.local('i32', minimum(g, add(low, half), size));
        const end = g.local('i32', minimum(g, add(low, multiply(half, 2)), size));
        const [left, right, place] = [g.local('i32', low), g.local('i32', middle), g.local('i32', low)];
        const slot = (list: Local, at: Operand) => add(list, multiply(at, 4));
        const take = (at: Local) => {
          g.run(memoryOp('i32.store', 0, slot(to, place), load('i32.load', slot(from, at))));
          g.increase(at, 1);
        };
        g.loop((again) => {
          g.if(
            op('i32.ge_s', left, middle),
            () => take(right),
            () =>
              g.if(
                op('i32.ge_s', right, end),
                () => take(left),
                () => {
                  const a = valueAt(load('i32.load', slot(from, left)));
                  const b = valueAt(load('i32.load', slot(from, right)));
                  g.if(
                    isBefore(b, a),
                    () => take(right),
                    () => take(left),
                  );
                },
              ),
          );
          g.increase(place, 1);
          g.brIf(again, op('i32.lt_s', place, end));
        });
      };
      if (size > 1) {
        f.loop((again) => {
          pass();
          f.set(width, multiply(width, 2));
          f.brIf(again, op('i32.lt_s', width, size));
        });
      }
      const [valueInto, indexInto] = [f.local('i32', values), f.local('i32', indices)];
      forRange(f, 0, k, 1, (i) => {
        const index = f.local('i32', load('i32.load', add(from, multiply(i, 4))));
        const source = f.local('i32', add(input!, multiply(index, stride * 4)));
        for (let word = 0; word < words; word++) {
          f.run(memoryOp('i32.store', word * 4, valueInto, load('i32.load', source, word * 4)));
        }
        f.run(memoryOp('i64.store', 0, indexInto, op('i64.extend_i32_u', index)));
        f.increase(valueInto, valueStride * 4);
        f.increase(indexInto, indexStride * 4);
      });
    },
  });
}
