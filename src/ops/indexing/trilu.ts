/** Trilu: keeps one triangle of each matrix and zeros the other. */
import { constantsOf } from '../../ir/quantity.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { elementCount } from '../../ir/tensor.js';
import { shapeOfRank, tensorOfRank } from '../arguments.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { knownScalar, scalarAt } from '../scalar-input.js';
import { fetchSymbolic, fetchTensor, type Move } from './copy.js';
import { triluSchema } from './schemas.js';

/** Diagonals are numbered upwards from the main one, which is 0; `diagonal` is the last that is kept. */
interface Triangle {
  readonly upper: boolean;
  readonly diagonal: number;
}

function matrixShape(context: InferContext<unknown>): Shape | undefined {
  knownScalar(context, 1, 'k');
  return shapeOfRank(context, 0, 'input', { min: 2 });
}

function trilu(dims: readonly number[], { upper, diagonal }: Triangle): Move {
  const [rows, columns] = dims.slice(-2) as [number, number];
  const matrices = elementCount(dims.slice(0, -2));
  return (copy) => {
    for (let m = 0; m < matrices; m++) {
      for (let row = 0; row < rows; row++) {
        const edge = row + diagonal;
        const begin = upper ? Math.min(Math.max(edge, 0), columns) : 0;
        const end = upper ? columns : Math.min(Math.max(edge + 1, 0), columns);
        const start = (m * rows + row) * columns + begin;
        copy(start, start, end - begin);
      }
    }
  };
}

export const triangles: readonly Operator[] = [
  defineOperator({
    ...triluSchema,
    infer: (context) => [tensorType(context.elementType(0), matrixShape(context))],
    symbolic: (context) => {
      const data = context.known(0);
      const known = context.known(1);
      const k = known && constantsOf(known);
      const isAbsent = context.inputs[1] === undefined;
      if (data === undefined || (k === undefined && !isAbsent)) return undefined;
      const diagonal = k?.[0] ?? 0;
      return [fetchSymbolic(data, data.dims, trilu(data.dims, { upper: context.attributes.upper, diagonal }))];
    },
    reference: (context) => {
      const data = tensorOfRank(context, 0, 'input', { min: 2 });
      const diagonal = context.inputs[1] === undefined ? 0 : scalarAt(context, 1, 'k');
      return [fetchTensor(data, data.dims, trilu(data.dims, { upper: context.attributes.upper, diagonal }))];
    },
  }),
];
