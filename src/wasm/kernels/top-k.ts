/** The first elements along an axis in ascending or descending order, equal ones in the order of their indices. */
import { add, forRange, multiply } from '../arithmetic.js';
import { type Local, load, memoryOp, type Operand, op } from '../expression.js';
import { type Element, loadElement, wordsOf } from './cells.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { mergeSort } from './merge-sort.js';
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
    axes: lines,
    pointers: 4,
    operations: product(lines.map((axis) => axis.size)) * size * Math.ceil(Math.log2(size + 1)),
    body: (f, [input, values, indices, scratch]) => {
      const valueAt = (index: Operand) => f.local(type, loadElement(element, add(input!, multiply(index, stride * 4))));
      const order = mergeSort(f, size, scratch!, (a, b) => isBefore(valueAt(a), valueAt(b)));
      const [valueInto, indexInto] = [f.local('i32', values), f.local('i32', indices)];
      forRange(f, 0, k, 1, (i) => {
        const index = f.local('i32', load('i32.load', add(order, multiply(i, 4))));
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
