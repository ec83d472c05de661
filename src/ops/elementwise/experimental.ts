/**
 * Experimental operators that ONNX removed and that converters of 2018 wrote. Their attributes are those that
 * onnxruntime supports for opsets below 10.
 */
import { defineProblem } from '../../diagnostics.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { float, floats } from '../attributes.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { reals } from '../type-set.js';
import { resultArray } from './element-types.js';
import { defineUnary } from './unary.js';

/** x · scale + bias[channel] for x [N, C, …]. */
function scaleImage(x: Tensor, scale: number, bias: readonly number[] | undefined): Tensor {
  const channels = x.dims[1]!;
  const plane = elementCount(x.dims.slice(2));
  const numbers = numbersOf(x);
  const out = resultArray(x.type, x.size);
  for (let start = 0; start < x.size; start += plane) {
    const shift = bias?.[(start / plane) % channels] ?? 0;
    for (let i = start; i < start + plane; i++) out[i] = numbers[i]! * scale + shift;
  }
  return tensorFromNumbers(x.type, x.dims, out);
}

const biasCount = defineProblem('US1205', { expected: 'size', actual: 'size' }, ({ expected, actual }) => ({
  message: `bias has ${actual} values for ${expected} channels`,
  value: 'bias',
  expected: String(expected),
  actual: String(actual),
}));

export const experimental = family(
  defineUnary({
    name: 'Affine',
    versions: [1],
    removedIn: 10,
    takes: reals,
    attributes: { alpha: float(1), beta: float(0) },
    kernel: ({ alpha, beta }) => ({ number: (x) => alpha * x + beta }),
  }),
  defineUnary({
    name: 'ScaledTanh',
    versions: [1],
    removedIn: 10,
    takes: reals,
    attributes: { alpha: float().required(), beta: float().required() },
    kernel: ({ alpha, beta }) => ({ number: (x) => alpha * Math.tanh(beta * x) }),
  }),
  defineOperator({
    name: 'ImageScaler',
    versions: [1],
    removedIn: 10,
    inputs: [required('input', 'T')],
    outputs: [required('output', 'T')],
    types: { T: reals },
    attributes: { bias: floats(), scale: float(1) },
    infer: (context) => {
      const shape = shapeOfRank(context, 0, 'input', { min: 2 });
      const { bias } = context.attributes;
      if (shape !== undefined && bias !== undefined) {
        agree(context, shape[1]!, bias.length, 'channels of the input and values of bias', biasCount);
      }
      return [tensorType(context.elementType(0), shape)];
    },
    reference: (context) => {
      const { scale, bias } = context.attributes;
      return [scaleImage(tensorAt(context, 0), scale, bias)];
    },
  }),
);
