/** EyeLike: ones on a diagonal, in the shape of the input matrix. */
import { tensorFromNumbers } from '../../ir/numeric.js';
import { maxKnownElements, symbolicTensor } from '../../ir/quantity.js';
import { isConcrete, type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorOfRank } from '../arguments.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { dtypeOr } from './dtype.js';
import { eyeLikeSchema } from './schemas.js';
import { allocateChecked } from './target-shape.js';

interface EyeAttributes {
  readonly dtype: number | undefined;
  readonly k: number;
}

function matrixShape(context: InferContext<EyeAttributes>): Shape | undefined {
  return shapeOfRank(context, 0, 'input', { min: 2, max: 2 });
}

/** Puts `one` at [i, i + k]. */
function fillDiagonal(
  out: { [index: number]: unknown },
  [rows, columns]: readonly number[],
  k: number,
  one: unknown,
): void {
  const last = Math.min(rows!, columns! - k);
  for (let i = Math.max(0, -k); i < last; i++) out[i * columns! + i + k] = one;
}

export const eyeLike: readonly Operator[] = [
  defineOperator({
    ...eyeLikeSchema,
    infer: (context) => [
      tensorType(dtypeOr(context.attributes.dtype, context.elementType(0), 'ordered'), matrixShape(context)),
    ],
    // Only the shape of the input is needed, not its elements.
    symbolic: (context) => {
      const shape = matrixShape(context);
      const type = dtypeOr(context.attributes.dtype, context.elementType(0), 'ordered');
      if (type === undefined || shape === undefined || !isConcrete(shape)) return undefined;
      if (elementCount(shape) > maxKnownElements) return undefined;
      const elements = new Array<number>(elementCount(shape)).fill(0);
      fillDiagonal(elements, shape, context.attributes.k, 1);
      return [symbolicTensor(type, shape, elements)];
    },
    reference: (context) => {
      const input = tensorOfRank(context, 0, 'input', { min: 2, max: 2 });
      const type = dtypeOr(context.attributes.dtype, input.type, 'ordered')!;
      const out = allocateChecked(type, input.dims);
      fillDiagonal(out, input.dims, context.attributes.k, tensorFromNumbers(type, [], [1]).data[0]);
      return [new Tensor(type, input.dims, out)];
    },
  }),
];
