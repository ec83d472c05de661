/**
 * GroupNormalization in NHWC8: the moments of each channel in one pass over memory, what they make of each channel, and a loop
 * that has the elementwise nodes that follow in it.
 */
import type { Node, Value } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { instanceNormalizations } from '../ops/normalization/instance-normalization.js';
import { binary, input } from '../wasm/kernels/elementwise-expression.js';
import { groupsPerUnit, momentsStride } from '../wasm/kernels/moments.js';
import { paddedChannels, readableAfter } from '../wasm/kernels/views.js';
import type { LoweringContext } from './context/context.js';
import { nhwc8Size, RowMajorTensor } from './context/tensor.js';
import { epilogueOf } from './elementwise/chain.js';
import { addLoop } from './elementwise/loops.js';
import { isNhwc8Operand } from './elementwise/operands.js';
import { defineLowering, floats, kernelsOf, type Lowering, unfitValue } from './lowering.js';

export const otherRank = 'another rank than 2 to 5';

/** Inputs of the loop. */
const maxInputs = 6;

interface GroupedChannels {
  readonly node: Node;
  readonly x: Value;
  readonly scale: Value;
  readonly bias: Value;
  readonly y: Value;
  /** All channels in one, to each channel in one of its own. */
  readonly groups: number;
  /** Whether scale and bias are those of groups. */
  readonly isByGroup: boolean;
  readonly epsilon: number;
}

/** Normalizes groups of channels over the pixels of an image; scale and bias may be computed. */
export function addGroupNormalization(
  context: LoweringContext,
  { node, x, scale, bias, y, groups, isByGroup, epsilon }: GroupedChannels,
): typeof unfitValue | typeof otherRank | undefined {
  const dims = context.values.floatDims(x);
  const parameters = [scale, bias].map((value) => context.values.floatDims(value));
  if (dims === undefined || context.values.floatDims(y) === undefined || parameters.includes(undefined)) {
    return unfitValue;
  }
  const size = nhwc8Size(dims);
  if (size === undefined) return otherRank;
  const { images, channels } = size;
  const pixels = size.depth * size.height * size.width;
  const source = context.tensors.nhwc8(x);
  const moments = new RowMajorTensor(`${node.name} moments`, images * momentsStride(channels) + readableAfter);
  context.add({
    kind: 'kernel',
    algorithm: 'channel moments',
    nodes: [node],
    reads: [source],
    writes: [moments],
    operations: 6 * elementCount(dims),
    build: (placement) => ({
      kernel: {
        name: 'channel moments',
        params: { input: placement.view(source), groups: groupsPerUnit(channels, context.options.threads) },
      },
      pointers: [{ tensor: source }, { tensor: moments }],
    }),
  });
  const perImage = [images, channels, ...dims.slice(2).map(() => 1)];
  const parts = ['mean', 'factor', 'shift'].map((part) => context.values.ownValue(`${node.name} ${part}`, perImage));
  const [factors, biases] = [scale, bias].map((value) => context.tensors.rowMajor(value));
  const results = parts.map((part) => context.tensors.makeNhwc8(part));
  const stride = paddedChannels(channels);
  const params = { images, channels, groups, pixels, epsilon, isByGroup, stride };
  context.add({
    kind: 'kernel',
    algorithm: 'group factors',
    nodes: [node],
    reads: [moments, factors!, biases!],
    writes: results,
    operations: 6 * images * channels,
    build: () => ({
      kernel: { name: 'group factors', params },
      pointers: [moments, factors!, biases!, ...results].map((tensor) => ({ tensor })),
    }),
  });
  const tree = binary('add', binary('mul', binary('sub', input(0), input(1)), input(2)), input(3));
  const chain = epilogueOf(context, y, {
    accepts: (_value, own) => isNhwc8Operand(own, dims, true),
    maxInputs,
    start: { tree, inputs: parts },
  })!;
  const step = {
    ...chain,
    nodes: [node, ...chain.nodes],
    inputs: [x, ...chain.inputs.slice(1).map((value) => value!)],
  };
  addLoop(context, step, true);
  return undefined;
}

const lowerGroupNormalization = defineLowering(
  instanceNormalizations.GroupNormalization,
  kernelsOf(floats, [otherRank]),
  (context, node, { version, attributes, inputs: { X: x, scale, bias }, outputs: { Y: y } }) => {
    const { num_groups: groups, epsilon } = attributes;
    return addGroupNormalization(context, { node, x, scale, bias, y, groups, epsilon, isByGroup: version < 21 });
  },
);

export const groupNormalizationLowerings: readonly Lowering[] = [lowerGroupNormalization];
