/** ConvInteger and QLinearConv. Sums of 8-bit products are exact in float64. */
import { defineProblem, fail } from '../../diagnostics.js';
import { numbersOf } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import {
  type ConvolutionAttributes,
  checkBias,
  convolutionMacs,
  convolutionShape,
  kernelShapeOf,
} from '../convolution/conv.js';
import { convolve } from '../convolution/convolve.js';
import { concreteWindows, windowAxes } from '../convolution/window.js';
import { defineOperator, type InferContext, type Operator, shapeOfRank, tensorAt } from '../operator.js';
import { minusZeroPoint, quantize } from './quantized-storage.js';
import { convIntegerSchema, qLinearConvSchema } from './schemas.js';

interface Accumulated {
  readonly dims: readonly number[];
  readonly sums: Float64Array;
}

/** The convolution of x and w after their zero points are subtracted; padding has the zero point's value. */
function accumulate(
  attributes: ConvolutionAttributes,
  x: Tensor,
  xZero: Tensor | undefined,
  w: Tensor,
  wZero: Tensor | undefined,
  bias?: Tensor,
): Accumulated {
  const kernel = kernelShapeOf(attributes.kernel_shape, w.dims);
  const windows = concreteWindows(windowAxes(attributes, kernel), x.dims.slice(2));
  const [batch, inputChannels] = x.dims as [number, number];
  const outputChannels = w.dims[0]!;
  const dims = [batch, outputChannels, ...windows.map((window) => window.output)];
  const sums = new Float64Array(elementCount(dims));
  const xs = minusZeroPoint(x, xZero && requireCount(xZero, [1], 'x_zero_point').reshape([]));
  const ws = minusZeroPoint(w, wZero && perOutputChannel(wZero, w.dims.length));
  const problem = { batch, group: attributes.group, inputChannels, outputChannels, windows };
  convolve(problem, xs, ws, bias && numbersOf(bias), sums);
  return { dims, sums };
}

const quantizationCount = defineProblem(
  'US1205',
  { parameter: 'string', values: 'integer', counts: 'integers' },
  ({ parameter, values, counts }) => ({
    message: `${parameter} has ${values} values`,
    value: parameter,
    expected: counts.join(' or '),
    actual: String(values),
  }),
);

/** Checks the number of values of a parameter, which may be known only at run time. */
function requireCount(tensor: Tensor, counts: readonly number[], name: string): Tensor {
  if (!counts.includes(tensor.size)) {
    fail(quantizationCount({ parameter: name, values: tensor.size, counts }));
  }
  return tensor;
}

/** A single value, or one for each output channel, reshaped to lie along the first axis of the weights. */
function perOutputChannel(tensor: Tensor, rank: number): Tensor {
  return tensor.reshape(tensor.size === 1 ? [] : [tensor.size, ...new Array<number>(rank - 1).fill(1)]);
}

const quantizationChannels = defineProblem(
  'US1205',
  { parameter: 'string', expected: 'size', actual: 'size' },
  ({ parameter, expected, actual }) => ({
    message: `${parameter} has ${actual} values for ${expected} output channels`,
    value: parameter,
    expected: String(expected),
    actual: String(actual),
  }),
);

/** Checks that input `i` is a single value, or with `w` a vector with one for each output channel. */
function checkParameter(
  context: Pick<InferContext<unknown>, 'shape' | 'unify'>,
  i: number,
  name: string,
  wIndex?: number,
): void {
  const shape = shapeOfRank(context, i, name, { max: 1 });
  const channels = wIndex === undefined ? 1 : context.shape(wIndex)?.[0];
  if (shape === undefined || shape.length === 0 || shape[0] === 1 || channels === undefined) return;
  agree(context, channels, shape[0]!, `sizes of ${name} and the output channels`, (sizes) =>
    quantizationChannels({ parameter: name, ...sizes }),
  );
}

/** Sums that exceed 32 bits wrap, as the specification allows. */
const convInteger = defineOperator({
  ...convIntegerSchema,
  infer: (context) => {
    checkParameter(context, 2, 'x_zero_point');
    checkParameter(context, 3, 'w_zero_point', 1);
    return [tensorType('int32', convolutionShape(context, 0, 1))];
  },
  reference: (context) => {
    const [x, w] = [tensorAt(context, 0), tensorAt(context, 1)];
    const { dims, sums } = accumulate(context.attributes, x, context.inputs[2], w, context.inputs[3]);
    return [new Tensor('int32', dims, Int32Array.from(sums))];
  },
  macs: ({ inputs, outputs }) => convolutionMacs(outputs[0], inputs[1]),
});

const qLinearConv = defineOperator({
  ...qLinearConvSchema,
  infer: (context) => {
    checkParameter(context, 1, 'x_scale');
    checkParameter(context, 2, 'x_zero_point');
    checkParameter(context, 4, 'w_scale', 3);
    checkParameter(context, 5, 'w_zero_point', 3);
    checkParameter(context, 6, 'y_scale');
    checkParameter(context, 7, 'y_zero_point');
    const shape = convolutionShape(context, 0, 3);
    checkBias(context, 8, shape?.[1]);
    return [tensorType(context.elementType(7), shape)];
  },
  reference: (context) => {
    const [x, w, yZero] = [tensorAt(context, 0), tensorAt(context, 3), tensorAt(context, 7)];
    const { dims, sums } = accumulate(
      context.attributes,
      x,
      tensorAt(context, 2),
      w,
      tensorAt(context, 5),
      context.inputs[8],
    );
    const [xScale, wScales, yScale] = [1, 4, 6].map((i) => numbersOf(tensorAt(context, i)));
    const plane = elementCount(dims.slice(2));
    const channels = dims[1]!;
    requireCount(tensorAt(context, 4), [1, channels], 'w_scale');
    for (let i = 0; i < sums.length; i++) {
      const channel = Math.floor(i / plane) % channels;
      const wScale = wScales![wScales!.length === 1 ? 0 : channel]!;
      sums[i]! *= (xScale![0]! * wScale) / yScale![0]!;
    }
    const [zero] = numbersOf(yZero);
    return [quantize(yZero.type, dims, sums, () => zero!)];
  },
  macs: ({ inputs, outputs }) => convolutionMacs(outputs[0], inputs[3]),
});

export const quantizedConvolution: readonly Operator[] = [convInteger, qLinearConv];
