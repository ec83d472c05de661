/** CausalConvWithState: along one axis, each channel by itself. */
import { conv } from '../../ops/convolution/conv.js';
import { type CausalConvolutionParams, causalConvolutionScratch } from '../../wasm/kernels/causal-convolution.js';
import type { Pointer } from '../context/unplaced-step.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from '../lowering.js';

/** Row-major, as channels do not meet: a kernel of its own. */
const lowerCausalConv = defineLowering(
  conv.CausalConvWithState,
  kernelsOf(floats),
  (context, node, { attributes, inputs: given }) => {
    const { input: x, weight: weights, bias } = given;
    const dims = context.values.floatDims(x);
    const taps = context.values.floatDims(weights)?.[2];
    if (dims === undefined || taps === undefined) return unfitValue;
    // The state of a single tap has no elements.
    const past = taps === 1 ? undefined : given.past_state;
    const values = [x, weights, bias, past];
    if (values.some((value) => value !== undefined && context.values.floatDims(value) === undefined)) return unfitValue;
    const [batch, channels, length] = dims as [number, number, number];
    const sizes = { batch, channels, length, taps };
    const inputs = values.map((value) => value && context.tensors.rowMajor(value));
    const outputs = node.outputs.map((value) => value && context.tensors.makeRowMajor(value));
    const { activation } = attributes;
    const params: CausalConvolutionParams = {
      ...sizes,
      hasBias: bias !== undefined,
      hasPast: past !== undefined,
      givesState: outputs[1] !== undefined,
      activation: activation === 'none' ? 'none' : 'silu',
    };
    context.add({
      kind: 'kernel',
      algorithm: 'causal convolution',
      nodes: [node],
      reads: inputs.filter((tensor) => tensor !== undefined),
      writes: outputs.filter((tensor) => tensor !== undefined),
      scratch: causalConvolutionScratch(sizes),
      operations: 2 * batch * channels * length * taps,
      build: () => ({
        kernel: { name: 'causal convolution', params },
        pointers: [...inputs, outputs[0], outputs[1], undefined].map(
          (tensor): Pointer => (tensor === undefined ? { scratch: 0 } : { tensor }),
        ),
      }),
    });
    return undefined;
  },
);

export const causalConvolutionLowerings: readonly Lowering[] = [lowerCausalConv];
