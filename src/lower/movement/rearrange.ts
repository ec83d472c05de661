/** Expand, Tile, DepthToSpace and SpaceToDepth: copies at other strides. */
import type { Node } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { depthSpace } from '../../ops/movement/depth-space.js';
import { repeating } from '../../ops/movement/expand.js';
import type { LoweringContext } from '../context/context.js';
import type { TensorPlacement } from '../context/unplaced-step.js';
import { broadcastStrides } from '../elementwise/loops.js';
import { feedsWindows, prefersNhwc8, sourceTensor, stridesOf, targetTensor, wordStrides } from '../layouts.js';
import { anyElements, defineLowering, kernelsOf, type Lowering, unfitValue } from '../lowering.js';
import { addCopy, boxAxes } from './copy.js';

const lowerExpand = defineLowering(repeating.Expand, kernelsOf(anyElements), (context, node, { inputs, outputs }) => {
  const [dims, onto] = [context.tensors.storedDims(inputs.input), context.values.sizedDims(outputs.output)];
  if (dims === undefined || onto === undefined) return unfitValue;
  const source = context.tensors.stored(inputs.input);
  if (elementCount(dims) === elementCount(onto)) {
    context.tensors.setResidency(outputs.output, source);
    context.done.add(node);
    return undefined;
  }
  const target = context.tensors.makeStored(outputs.output, source.cells);
  const from = broadcastStrides(dims, onto, wordStrides(source, dims));
  const to = wordStrides(target, onto);
  addCopy(context, {
    node,
    source,
    target,
    elements: elementCount(onto),
    boxOf: () => ({ axes: boxAxes(onto, from, to) }),
  });
  return undefined;
});

const lowerTile = defineLowering(
  repeating.Tile,
  kernelsOf(anyElements, ['one axis that is repeated, as before version 6']),
  (context, node, { version, inputs, outputs }) => {
    const [dims, onto] = [context.tensors.storedDims(inputs.input), context.values.sizedDims(outputs.output)];
    if (version < 6) return 'one axis that is repeated, as before version 6';
    if (dims === undefined || onto === undefined || dims.length !== onto.length) return unfitValue;
    const source = context.tensors.stored(inputs.input);
    const target = context.tensors.makeStored(outputs.output, source.cells);
    const [from, to] = [wordStrides(source, dims), wordStrides(target, onto)];
    addCopy(context, {
      node,
      source,
      target,
      elements: elementCount(onto),
      boxOf: () => ({
        axes: dims.flatMap((size, axis) => [
          { size: onto[axis]! / size, strides: [0, size * to[axis]!] },
          { size, strides: [from[axis]!, to[axis]!] },
        ]),
      }),
    });
    return undefined;
  },
);

const lowerDepthToSpace = defineLowering(
  depthSpace.DepthToSpace,
  kernelsOf(anyElements),
  (context, node, { attributes, inputs, outputs }) => {
    const dims = context.tensors.storedDims(inputs.input);
    if (dims?.length !== 4 || context.values.sizedDims(outputs.output) === undefined) return unfitValue;
    const { blocksize: block, mode } = attributes;
    const columnsFirst = mode === 'CRD';
    regroup(context, node, dims, (deep, wide) => {
      // A channel index is made of row and column of the block and of what is left: by how much each part moves it.
      const channels = dims[1]! / (block * block);
      const [row, column, depth] = columnsFirst ? [block, 1, block * block] : [block * channels, channels, 1];
      const [images, channel, high, across] = deep;
      const [wideImages, wideChannel, wideHigh, wideAcross] = wide;
      return [
        { size: dims[0]!, strides: [images!, wideImages!] },
        { size: channels, strides: [depth * channel!, wideChannel!] },
        { size: dims[2]!, strides: [high!, block * wideHigh!] },
        { size: block, strides: [row * channel!, wideHigh!] },
        { size: dims[3]!, strides: [across!, block * wideAcross!] },
        { size: block, strides: [column * channel!, wideAcross!] },
      ];
    });
    return undefined;
  },
);

const lowerSpaceToDepth = defineLowering(
  depthSpace.SpaceToDepth,
  kernelsOf(anyElements),
  (context, node, { attributes, inputs, outputs }) => {
    const [dims, onto] = [context.tensors.storedDims(inputs.input), context.values.sizedDims(outputs.output)];
    if (dims?.length !== 4 || onto === undefined) return unfitValue;
    const { blocksize: block } = attributes;
    regroup(context, node, dims, (wide, deep) => {
      const channels = dims[1]!;
      const [images, channel, high, across] = deep;
      const [wideImages, wideChannel, wideHigh, wideAcross] = wide;
      return [
        { size: dims[0]!, strides: [wideImages!, images!] },
        { size: block, strides: [wideHigh!, block * channels * channel!] },
        { size: block, strides: [wideAcross!, channels * channel!] },
        { size: channels, strides: [wideChannel!, channel!] },
        { size: onto[2]!, strides: [block * wideHigh!, high!] },
        { size: onto[3]!, strides: [block * wideAcross!, across!] },
      ];
    });
    return undefined;
  },
);

/** Channels of pictures: in NHWC8 most of a pixel would be padding. */
const fewChannels = 4;

/** A copy from one image into another, both in the layout that the input has, but for pictures that no window is over. */
function regroup(
  context: LoweringContext,
  node: Node,
  dims: readonly number[],
  axesOf: (from: readonly number[], to: readonly number[]) => { readonly size: number; readonly strides: number[] }[],
): void {
  const [value, result] = [node.inputs[0]!, node.outputs[0]!];
  const onto = context.values.dims(result)!;
  const isNhwc8 = prefersNhwc8(context, value);
  const source = sourceTensor(context, value, isNhwc8);
  const isLast = isNhwc8 && onto[1]! <= fewChannels && !feedsWindows(context, result);
  const target = isLast ? context.tensors.makeRowMajor(result) : targetTensor(context, source, result);
  addCopy(context, {
    node,
    source,
    target,
    elements: elementCount(dims),
    boxOf: (placement: TensorPlacement) => ({
      axes: axesOf(stridesOf(source, dims, placement), stridesOf(target, onto, placement)),
    }),
  });
}

export const rearrangingLowerings: readonly Lowering[] = [lowerDepthToSpace, lowerExpand, lowerSpaceToDepth, lowerTile];
