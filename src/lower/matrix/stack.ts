/** Operands of matrix products as stacks of matrices. */
import type { Node, Value } from '../../ir/graph.js';
import { rowMajorStrides } from '../../ir/tensor.js';
import type { LoweringContext } from '../context/context.js';
import { transposedView } from '../context/transposed-view.js';

/** An axis of a stack of matrices, with the stride from one to the next. */
export interface BatchAxis {
  readonly size: number;
  readonly stride: number;
}

/** Matrices in the elements of a value, with their strides. */
export interface Stack {
  readonly value: Value;
  readonly absorbed: readonly Node[];
  readonly batches: readonly BatchAxis[];
  readonly rows: BatchAxis;
  readonly columns: BatchAxis;
}

/** @param vector what an operand of one axis is */
export function stackOf(context: LoweringContext, operand: Value, vector: 'row' | 'column'): Stack {
  const transposed = transposedView(context, operand);
  const dims = context.values.dims(operand)!;
  const strides = transposed?.strides ?? rowMajorStrides(dims);
  const axes: BatchAxis[] = dims.map((size, i) => ({ size, stride: strides[i]! }));
  if (axes.length === 1) axes.splice(vector === 'row' ? 0 : 1, 0, { size: 1, stride: 0 });
  return {
    value: transposed?.value ?? operand,
    absorbed: transposed === undefined ? [] : [transposed.node],
    batches: axes.slice(0, -2),
    rows: axes.at(-2)!,
    columns: axes.at(-1)!,
  };
}
