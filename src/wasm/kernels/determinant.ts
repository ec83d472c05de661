/** Determinants, by Gaussian elimination with row exchanges in double precision. */
import { add, forRange, multiply } from '../arithmetic.js';
import { load, memoryOp, type Operand, op } from '../expression.js';
import { type Kernel, type KernelTarget, product } from './kernel.js';
import { rowKernel } from './rows.js';

export interface DeterminantParams {
  /** Of the matrices, one after another. */
  readonly matrices: number;
  /** Rows and columns. */
  readonly size: number;
}

/** Floats of scratch: a matrix in double precision. */
export function determinantScratch(size: number): number {
  return 2 * size * size;
}

/** Arguments: input, output, scratch. Units are matrices. */
export function determinant(target: KernelTarget, params: DeterminantParams): Kernel {
  const { matrices, size } = params;
  return rowKernel(target, {
    name: 'determinant',
    axes: [{ size: matrices, strides: [size * size, 1] }],
    pointers: 3,
    operations: product([matrices, size, size, size]),
    body: (f, [from, to, scratch]) => {
      const place = (row: Operand, column: Operand) => add(scratch!, multiply(row, size * 8), multiply(column, 8));
      const at = (row: Operand, column: Operand) => load('f64.load', place(row, column));
      const store = (row: Operand, column: Operand, value: Operand) =>
        f.run(memoryOp('f64.store', 0, place(row, column), value));
      forRange(f, 0, size * size, 1, (i) => {
        const element = op('f64.promote_f32', load('f32.load', add(from!, multiply(i, 4))));
        f.run(memoryOp('f64.store', 0, add(scratch!, multiply(i, 8)), element));
      });
      const result = f.local('f64', 1);
      forRange(f, 0, size, 1, (step) => {
        const next = add(step, 1);
        const pivot = f.local('i32', step);
        const largest = f.local('f64', op('f64.abs', at(step, step)));
        forRange(f, next, size, 1, (row) => {
          const magnitude = f.local('f64', op('f64.abs', at(row, step)));
          f.if(op('f64.gt', magnitude, largest), () => {
            f.set(pivot, row);
            f.set(largest, magnitude);
          });
        });
        f.if(op('i32.ne', pivot, step), () => {
          f.set(result, op('f64.neg', result));
          forRange(f, step, size, 1, (column) => {
            const above = f.local('f64', at(step, column));
            store(step, column, at(pivot, column));
            store(pivot, column, above);
          });
        });
        const value = f.local('f64', at(step, step));
        f.set(result, op('f64.mul', result, value));
        // Of a column of zeros nothing is to be taken off: the determinant is 0.
        f.if(op('f64.ne', value, 0), () => {
          forRange(f, next, size, 1, (row) => {
            const factor = f.local('f64', op('f64.div', at(row, step), value));
            forRange(f, step, size, 1, (column) => {
              store(row, column, op('f64.sub', at(row, column), op('f64.mul', factor, at(step, column))));
            });
          });
        });
      });
      f.run(memoryOp('f32.store', 0, to!, op('f32.demote_f64', result)));
    },
  });
}
