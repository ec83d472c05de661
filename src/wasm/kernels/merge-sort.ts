/** Sorting by indices: what is sorted stays where it is. */
import { add, forRange, minimum, multiply } from '../arithmetic.js';
import { type Local, load, memoryOp, type Operand, op } from '../expression.js';
import type { FunctionBuilder } from '../function.js';

/** Words of scratch: two lists of indices. */
export function sortScratch(size: number): number {
  return 2 * size;
}

/**
 * Emits a stable merge sort of the indices from 0 to `size` - 1.
 * @param scratch of `sortScratch` words
 * @param isBefore emits whether what is at one index has to come before what is at another one
 * @returns the address of the sorted indices, as i32
 */
export function mergeSort(
  f: FunctionBuilder,
  size: number,
  scratch: Local,
  isBefore: (a: Local, b: Local) => Operand,
): Local {
  const from = f.local('i32', scratch);
  const to = f.local('i32', add(scratch, size * 4));
  const slot = (list: Local, at: Operand) => add(list, multiply(at, 4));
  forRange(f, 0, size, 1, (i) => f.run(memoryOp('i32.store', 0, slot(from, i), i)));
  if (size < 2) return from;
  const width = f.local('i32', 1);
  const merge = (low: Local) => {
    const middle = f.local('i32', minimum(f, add(low, width), size));
    const end = f.local('i32', minimum(f, add(low, multiply(width, 2)), size));
    const [left, right, place] = [f.local('i32', low), f.local('i32', middle), f.local('i32', low)];
    const take = (at: Local) => {
      f.run(memoryOp('i32.store', 0, slot(to, place), load('i32.load', slot(from, at))));
      f.increase(at, 1);
    };
    f.loop((again) => {
      f.if(
        op('i32.ge_s', left, middle),
        () => take(right),
        () =>
          f.if(
            op('i32.ge_s', right, end),
            () => take(left),
            () => {
              const [a, b] = [left, right].map((at) => f.local('i32', load('i32.load', slot(from, at))));
              f.if(
                isBefore(b!, a!),
                () => take(right),
                () => take(left),
              );
            },
          ),
      );
      f.increase(place, 1);
      f.brIf(again, op('i32.lt_s', place, end));
    });
  };
  f.loop((again) => {
    const low = f.local('i32', 0);
    f.loop((next) => {
      merge(low);
      f.set(low, add(low, multiply(width, 2)));
      f.brIf(next, op('i32.lt_s', low, size));
    });
    const swapped = f.local('i32', from);
    f.set(from, to);
    f.set(to, swapped);
    f.set(width, multiply(width, 2));
    f.brIf(again, op('i32.lt_s', width, size));
  });
  return from;
}
