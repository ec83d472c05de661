/** Puts a value at each index along an axis of its own; those outside are ignored. */
import { add, multiply } from '../arithmetic.js';
import { load, memoryOp, op, select } from '../expression.js';
import { type Element, loadElement, truncated } from './cells.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { type PointerAxis, positionKernel } from './rows.js';

export interface OneHotParams {
  /** Positions of the indices, with strides of indices and output in words. */
  readonly axes: readonly PointerAxis[];
  readonly index: Element;
  readonly depth: number;
  /** The output's stride along the depth, in words, and the words of an element. */
  readonly stride: number;
  readonly words: number;
  /** Whether negative indices count from the end. */
  readonly countsBack: boolean;
}

/** Arguments: indices, output, the two values. */
export function oneHot(target: KernelTarget, params: OneHotParams): Kernel {
  const { axes, index, depth, stride, words, countsBack } = params;
  return positionKernel(target, {
    name: 'one hot',
    axes,
    pointers: 3,
    operations: product(axes.map(({ size }) => size)),
    work: 8,
    body: (f, [indices, output, values]) => {
      const element = loadElement(index, indices!);
      const given = index.type === 'float32' ? truncated(f, f.local('f32', element)) : f.local('i64', element);
      const place = f.local('i64', given);
      if (countsBack) f.set(place, select('i64', op('i64.add', given, depth), given, op('i64.lt_s', given, 0)));
      f.if(op('i64.lt_u', place, depth), () => {
        const into = f.local('i32', add(output!, multiply(op('i32.wrap_i64', place), stride * 4)));
        for (let word = 0; word < words; word++) {
          f.run(memoryOp('i32.store', word * 4, into, load('i32.load', values!, (words + word) * 4)));
        }
      });
    },
  });
}
