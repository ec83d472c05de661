/** Slices of an axis that differ: how many there are, where each comes first, and which one every slice is. */
import { add, forRange, multiply, repeat, subtract } from '../arithmetic.js';
import { type Local, load, memoryOp, type Operand, op } from '../expression.js';
import { type Element, loadElement, wordsOf } from './cells.js';
import type { Kernel, KernelTarget } from './kernel.js';
import { mergeSort, sortScratch } from './merge-sort.js';
import { rowKernel } from './rows.js';

export interface UniqueParams {
  readonly element: Element;
  /** Of a row-major tensor: what is before the axis, the axis, what is after it. */
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
  /** Whether slices that differ are in ascending order, NaN last, or as they come first. */
  readonly sorted: boolean;
}

/** Words of scratch: what sorting takes, and for each slice the first that equals it and the number that this one has. */
export function uniqueScratch(size: number): number {
  return sortScratch(size) + 2 * size;
}

/**
 * Arguments: input, of the slices that differ their first positions (int32), how many they are (int32), their first positions and
 * how often they occur (int64), which of them each slice is (int64), scratch. One unit.
 */
export function unique(target: KernelTarget, params: UniqueParams): Kernel {
  const { element, outer, size, inner, sorted } = params;
  const words = wordsOf(element.cells);
  const operations = outer * size * inner * Math.ceil(Math.log2(size + 1));
  return rowKernel(target, {
    name: 'unique',
    axes: [],
    pointers: 7,
    operations,
    body: (f, pointers) => {
      const [input, positions, total, firsts, counts, inverse, scratch] = pointers as [
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
      ];
      const type = element.type === 'float32' ? 'f32' : 'i64';
      const isLess = (a: Local, b: Local): Operand => {
        if (type === 'i64') return op(element.type === 'uint64' ? 'i64.lt_u' : 'i64.lt_s', a, b);
        return op('i32.or', op('f32.lt', a, b), op('i32.and', op('f32.eq', a, a), op('f32.ne', b, b)));
      };
      /** Above 0 where slice `a` is above slice `b`, below 0 where it is below, 0 where they are equal. */
      const compare = (a: Local, b: Local): Local => {
        const difference = f.local('i32', 0);
        const [left, right] = [a, b].map((at) => f.local('i32', add(input, multiply(at, inner * words * 4))));
        f.block((found) => {
          repeat(f, outer, () => {
            const [x, y] = [f.local('i32', left!), f.local('i32', right!)];
            repeat(f, inner, () => {
              const [own, other] = [x, y].map((at) => f.local(type, loadElement(element, at)));
              f.set(difference, subtract(isLess(other!, own!), isLess(own!, other!)));
              f.brIf(found, difference);
              for (const pointer of [x, y]) f.increase(pointer, words * 4);
            });
            for (const pointer of [left!, right!]) f.increase(pointer, size * inner * words * 4);
          });
        });
        return difference;
      };
      const order = mergeSort(f, size, scratch, (a, b) => op('i32.lt_s', compare(a, b), 0));
      const leaders = f.local('i32', add(scratch, sortScratch(size) * 4));
      const numbers = f.local('i32', add(leaders, size * 4));
      const word = (list: Local, at: Operand) => load('i32.load', add(list, multiply(at, 4)));
      const setWord = (list: Local, at: Operand, value: Operand) =>
        f.run(memoryOp('i32.store', 0, add(list, multiply(at, 4)), value));
      const setLong = (list: Local, at: Operand, value: Operand) =>
        f.run(memoryOp('i64.store', 0, add(list, multiply(at, 8)), value));

      // Sorting is stable: of equal slices the first is the first in order.
      const leader = f.local('i32', word(order, 0));
      forRange(f, 0, size, 1, (i) => {
        const position = f.local('i32', word(order, i));
        f.if(compare(leader, position), () => f.set(leader, position));
        setWord(leaders, position, leader);
      });
      const count = f.local('i32', 0);
      forRange(f, 0, size, 1, (i) => {
        const position = sorted ? f.local('i32', word(order, i)) : i;
        const first = f.local('i32', word(leaders, position));
        f.if(op('i32.eq', first, position), () => {
          setWord(numbers, position, count);
          setWord(positions, count, position);
          setLong(firsts, count, op('i64.extend_i32_u', position));
          setLong(counts, count, 0);
          f.increase(count, 1);
        });
        const number = f.local('i32', word(numbers, first));
        setLong(inverse, position, op('i64.extend_i32_u', number));
        const times = load('i64.load', add(counts, multiply(number, 8)));
        setLong(counts, number, op('i64.add', times, 1));
      });
      f.run(memoryOp('i32.store', 0, total, count));
    },
  });
}
