/** Keeps the part of matrices above or below a diagonal; zeros elsewhere. */
import { add, minimum, multiply, subtract } from '../arithmetic.js';
import { type Local, load, memoryCopy, memoryFill, op, select } from '../expression.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { rowKernel } from './rows.js';

export interface TriangleParams {
  /** Of the matrices, one after another. */
  readonly matrices: number;
  readonly rows: number;
  readonly columns: number;
  /** Words of an element. */
  readonly words: number;
  readonly upper: boolean;
  /** The number of the diagonal, counted upwards from the main one; undefined where an int64 has it. */
  readonly diagonal: number | undefined;
}

/** Arguments: input, output, the diagonal. Units are rows. */
export function triangle(target: KernelTarget, params: TriangleParams): Kernel {
  const { matrices, rows, columns, words, upper, diagonal } = params;
  const bytes = words * 4;
  const length = columns * words;
  return rowKernel(target, {
    name: 'triangle',
    axes: [
      { size: matrices, strides: [rows * length, rows * length] },
      { size: rows, strides: [length, length] },
    ],
    pointers: 3,
    operations: product([matrices, rows, columns]),
    body: (f, [from, to, at], indices) => {
      const row = indices.at(-1)!;
      const far = rows + columns;
      const bounded = (low: number, value: Local, high: number): Local => {
        const raised = f.local('i32', select('i32', value, low, op('i32.gt_s', value, low)));
        return f.local('i32', minimum(f, raised, high));
      };
      let edge: Local;
      if (diagonal === undefined) {
        const given = f.local('i64', load('i64.load', at!));
        const most = f.local('i64', select('i64', given, far, op('i64.lt_s', given, far)));
        const least = select('i64', most, -far, op('i64.gt_s', most, -far));
        edge = f.local('i32', add(row, op('i32.wrap_i64', least)));
      } else edge = f.local('i32', add(row, Math.max(-far, Math.min(diagonal, far))));
      const cut = bounded(0, upper ? edge : f.local('i32', add(edge, 1)), columns);
      const kept = f.local('i32', multiply(cut, bytes));
      const rest = f.local('i32', subtract(columns * bytes, kept));
      const end = (start: Local) => add(start, kept);
      if (upper) {
        f.run(memoryFill(to!, 0, kept));
        f.run(memoryCopy(end(to!), end(from!), rest));
      } else {
        f.run(memoryCopy(to!, from!, kept));
        f.run(memoryFill(end(to!), 0, rest));
      }
    },
  });
}
