/** The references of Conv and CausalConvWithState. */
import { floatsOf, tensorFromNumbers } from '../../ir/numeric.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { sigmoid } from '../elementwise/activation.js';
import type { ReferenceContext } from '../operator.js';
import { type ConvolutionAttributes, kernelShapeOf } from './conv.js';
import { convolve } from './convolve.js';
import { concreteWindows, windowAxes } from './window.js';

export function conv(context: Pick<ReferenceContext<ConvolutionAttributes>, 'attributes' | 'inputs'>): Tensor[] {
  return [referenceConv(context.attributes, tensorAt(context, 0), tensorAt(context, 1), context.inputs[2])];
}

export function referenceConv(
  attributes: ConvolutionAttributes,
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
): Tensor {
  const windows = concreteWindows(
    windowAxes(attributes, kernelShapeOf(attributes.kernel_shape, w.dims)),
    x.dims.slice(2),
  );
  const [batch, inputChannels] = x.dims as [number, number];
  const outputChannels = w.dims[0]!;
  const dims = [batch, outputChannels, ...windows.map((window) => window.output)];
  const out = x.type === 'float64' ? new Float64Array(elementCount(dims)) : new Float32Array(elementCount(dims));
  const problem = { batch, group: attributes.group, inputChannels, outputChannels, windows };
  convolve(problem, floatsOf(x), floatsOf(w), bias && floatsOf(bias), out);
  return tensorFromNumbers(x.type, dims, out);
}

export function causalConvolution(
  context: Pick<ReferenceContext<{ readonly activation: string }>, 'attributes' | 'inputs'>,
): readonly Tensor[] {
  const { activation } = context.attributes;
  const activate = (sum: number) => (activation === 'none' ? sum : sum * sigmoid(sum));
  const [, , bias, past] = context.inputs;
  return causalSums(tensorAt(context, 0), tensorAt(context, 1), bias, past, activate);
}

/** Every output is the sum of the K positions up to its own; zeros or the state came before the first. */
function causalSums(
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
  past: Tensor | undefined,
  activate: (sum: number) => number,
): readonly Tensor[] {
  const [batch, channels, length] = x.dims as [number, number, number];
  const taps = w.dims[2]!;
  const [inputs, weights, biases, before] = [floatsOf(x), floatsOf(w), bias && floatsOf(bias), past && floatsOf(past)];
  const [sums, state] = [new Float64Array(x.size), new Float64Array(batch * channels * (taps - 1))];
  const line = new Float64Array(taps - 1 + length);
  for (let row = 0; row < batch * channels; row++) {
    const channel = row % channels;
    if (before !== undefined) line.set(before.subarray(row * (taps - 1), (row + 1) * (taps - 1)));
    line.set(inputs.subarray(row * length, (row + 1) * length), taps - 1);
    for (let i = 0; i < length; i++) {
      let sum = biases?.[channel] ?? 0;
      for (let tap = 0; tap < taps; tap++) sum += line[i + tap]! * weights[channel * taps + tap]!;
      sums[row * length + i] = activate(sum);
    }
    state.set(line.subarray(length), row * (taps - 1));
  }
  return [tensorFromNumbers(x.type, x.dims, sums), tensorFromNumbers(x.type, [batch, channels, taps - 1], state)];
}
