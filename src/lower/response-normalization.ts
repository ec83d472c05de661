/** LRN, in NHWC8: the channels of a pixel are neighbors. */
import { elementCount } from '../ir/tensor.js';
import { lrn } from '../ops/normalization/lrn.js';
import { channelWindowScratch } from '../wasm/kernels/channel-window.js';
import { binary, type Elementwise, input, unary } from '../wasm/kernels/elementwise-expression.js';
import { nhwc8Size } from './context/tensor.js';
import { powerTree } from './elementwise/power.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from './lowering.js';

/** x / sum^beta, for beta = 3/4, which is that of nearly all networks, by roots. */
function quotient(beta: number): Elementwise | undefined {
  const root = unary('sqrt', input(1));
  if (beta === 0) return input(0);
  const power =
    beta === 0.75 ? binary('mul', root, unary('sqrt', root)) : powerTree(input(1), { kind: 'constant', value: beta });
  return power && binary('div', input(0), power);
}

const lowerLrn = defineLowering(
  lrn.LRN,
  kernelsOf(floats, ['another rank than 2 to 5', 'an infinite beta']),
  (context, node, { attributes, inputs: { X: x }, outputs: { Y: y } }) => {
    const dims = context.values.floatDims(x);
    if (dims === undefined || context.values.floatDims(y) === undefined) return unfitValue;
    if (nhwc8Size(dims) === undefined) return 'another rank than 2 to 5';
    const { alpha, beta, bias, size } = attributes;
    const tree = quotient(beta);
    if (tree === undefined) return 'an infinite beta';
    const channels = dims[1]!;
    // What is farther than all channels is none.
    const before = Math.min(channels - 1, Math.floor((size - 1) / 2));
    const after = Math.min(channels - 1, Math.ceil((size - 1) / 2));
    const source = context.tensors.nhwc8(x);
    const target = context.tensors.makeNhwc8(y);
    const operations = elementCount(dims) * (before + after + 5);
    context.add({
      kind: 'kernel',
      algorithm: 'channel window',
      nodes: [node],
      reads: [source],
      writes: [target],
      scratch: channelWindowScratch(channels, before, after),
      operations,
      work: operations + elementCount(dims) * 20,
      build: (placement) => {
        const [from, to] = [placement.view(source), placement.view(target)];
        return {
          kernel: {
            name: 'channel window',
            params: { input: from, output: to, before, after, factor: alpha / size, bias, tree },
          },
          pointers: [{ tensor: source }, { tensor: target }, { scratch: 0 }],
        };
      },
    });
    return undefined;
  },
);

export const responseNormalizationLowerings: readonly Lowering[] = [lowerLrn];
