/** ConvInteger and QLinearConv. Sums of 8-bit products are exact in float64. */
import { numbersOf } from '../../ir/numeric.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import {
  type ConvolutionAttributes,
  checkBias,
  convolutionMacs,
  convolutionShape,
  kernelShapeOf,
} from '../convolution/conv.js';
import { convolve } from '../convolution/convolve.js';
import { concreteWindows, windowAxes } from '../convolution/window.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { checkParameter, requireCount } from './parameters.js';
import { minusZeroPoint, quantize, requantize } from './quantized-storage.js';
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

/** A single value, or one for each output channel, reshaped to lie along the first axis of the weights. */
function perOutputChannel(tensor: Tensor, rank: number): Tensor {
  return tensor.reshape(tensor.size === 1 ? [] : [tensor.size, ...new Array<number>(rank - 1).fill(1)]);
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

/** QLinearConv of tensors in the order of its inputs. */
export function qLinearConvolve(attributes: ConvolutionAttributes, inputs: readonly (Tensor | undefined)[]): Tensor {
  const [x, w, yZero] = [tensorAt({ inputs }, 0), tensorAt({ inputs }, 3), tensorAt({ inputs }, 7)];
  const { dims, sums } = accumulate(attributes, x, tensorAt({ inputs }, 2), w, tensorAt({ inputs }, 5), inputs[8]);
  const [xScale, wScales, yScale] = [1, 4, 6].map((i) => numbersOf(tensorAt({ inputs }, i)));
  const plane = elementCount(dims.slice(2));
  const channels = dims[1]!;
  requireCount(tensorAt({ inputs }, 4), [1, channels], 'w_scale');
  for (let i = 0; i < sums.length; i++) {
    const channel = Math.floor(i / plane) % channels;
    const wScale = wScales![wScales!.length === 1 ? 0 : channel]!;
    sums[i] = requantize(sums[i]!, xScale![0]!, wScale, yScale![0]!);
  }
  const [zero] = numbersOf(yZero);
  return quantize(yZero.type, dims, sums, () => zero!);
}

export function qLinearConvShape(context: InferContext<ConvolutionAttributes>): Shape | undefined {
  checkParameter(context, 1, 'x_scale');
  checkParameter(context, 2, 'x_zero_point');
  checkParameter(context, 4, 'w_scale', 3);
  checkParameter(context, 5, 'w_zero_point', 3);
  checkParameter(context, 6, 'y_scale');
  checkParameter(context, 7, 'y_zero_point');
  const shape = convolutionShape(context, 0, 3);
  checkBias(context, 8, shape?.[1]);
  return shape;
}

const qLinearConv = defineOperator({
  ...qLinearConvSchema,
  infer: (context) => [tensorType(context.elementType(7), qLinearConvShape(context))],
  reference: (context) => [qLinearConvolve(context.attributes, context.inputs)],
  macs: ({ inputs, outputs }) => convolutionMacs(outputs[0], inputs[3]),
});

export const quantizedConvolution: readonly Operator[] = [convInteger, qLinearConv];
