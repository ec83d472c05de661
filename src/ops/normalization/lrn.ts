/** LRN: divides each element by a power of the sum of squares of its neighbors along the channel axis. */
import { defineProblem, fail } from '../../diagnostics.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { float, int } from '../attributes.js';
import { resultArray } from '../elementwise/element-types.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, reals } from '../type-set.js';

interface LrnAttributes {
  readonly alpha: number;
  readonly beta: number;
  readonly bias: number;
  /** Number of channels in the window; if it is even, one more is after the element than before. */
  readonly size: number;
}

function normalizeResponses({ alpha, beta, bias, size }: LrnAttributes, x: Tensor): Tensor {
  const [batch, channels, ...spatial] = x.dims as [number, number];
  const plane = elementCount(spatial);
  const numbers = numbersOf(x);
  const out = resultArray(x.type, x.size);
  const squares = new Float64Array(plane);
  const before = Math.floor((size - 1) / 2);
  const after = Math.ceil((size - 1) / 2);
  for (let n = 0; n < batch; n++) {
    const sample = n * channels * plane;
    for (let c = 0; c < channels; c++) {
      squares.fill(0);
      for (let near = Math.max(0, c - before); near <= Math.min(channels - 1, c + after); near++) {
        const start = sample + near * plane;
        for (let i = 0; i < plane; i++) squares[i]! += numbers[start + i]! * numbers[start + i]!;
      }
      const start = sample + c * plane;
      for (let i = 0; i < plane; i++) {
        out[start + i] = numbers[start + i]! / (bias + (alpha / size) * squares[i]!) ** beta;
      }
    }
  }
  return tensorFromNumbers(x.type, x.dims, out);
}

const sizeTooSmall = defineProblem('US1304', { size: 'integer' }, ({ size }) => ({
  message: "the attribute 'size' must be at least 1",
  value: 'size',
  actual: String(size),
}));

export const lrn = family(
  defineOperator({
    name: 'LRN',
    versions: [1, 13],
    inputs: [required('X', 'T')],
    outputs: [required('Y', 'T')],
    types: { T: reals.from(13, bfloat16s) },
    attributes: { alpha: float(1e-4), beta: float(0.75), bias: float(1), size: int().required() },
    infer: (context) => {
      const { size } = context.attributes;
      if (size < 1) fail(sizeTooSmall({ size }));
      return [tensorType(context.elementType(0), shapeOfRank(context, 0, 'X', { min: 2 }))];
    },
    reference: ({ attributes, inputs }) => [normalizeResponses(attributes, tensorAt({ inputs }, 0))],
  }),
);
