/** Normalizations and softmax: over the pixels of channels, the last axes, or the channels of pixels. */
import type { Node, Value } from '../ir/graph.js';
import { floatOf, intOf } from '../ir/node-attributes.js';
import { elementCount } from '../ir/tensor.js';
import { normalizeAxis } from '../ops/operator.js';
import { epilogueOf } from './chain.js';
import type { LoweringContext } from './context.js';
import type { Pointer } from './draft.js';
import { stridesOf } from './layouts.js';
import { type Lowering, unknownShapes } from './lowering.js';
import { innerSize } from './tensor.js';

export const lowerInstanceNormalization: Lowering = (context, node) => {
  const [x, scale, bias] = node.inputs;
  const dims = context.floatDims(x);
  if (dims === undefined || context.floatDims(node.outputs[0]) === undefined) return unknownShapes;
  if (innerSize(dims) === undefined || dims.length < 3) return 'another rank than 3 to 5';
  if (context.constant(scale) === undefined || context.constant(bias) === undefined)
    return 'parameters that are computed';
  const input = context.inner(x!);
  const epilogue = epilogueOf(context, node.outputs[0]!, { accepts: () => false, maxInputs: 1 });
  const output = context.makeInner(epilogue?.output ?? node.outputs[0]!);
  const pointers = [scale!, bias!].map((value) => ({ constant: context.planChannels(value, dims[1]!) }));
  const operations = 8 * elementCount(dims);
  context.add({
    kind: 'kernel',
    algorithm: 'normalize pixels',
    nodes: [node, ...(epilogue?.nodes ?? [])],
    reads: [input],
    writes: [output],
    operations,
    build: (places) => ({
      kernel: {
        name: 'normalize pixels',
        params: {
          input: places.view(input),
          output: places.view(output),
          epsilon: floatOf(node, 'epsilon') ?? 1e-5,
          ...(epilogue === undefined ? {} : { epilogue: epilogue.tree }),
        },
      },
      pointers: [{ tensor: input }, ...pointers, { tensor: output }],
    }),
  });
  return undefined;
};

export const lowerLayerNormalization: Lowering = (context, node) => {
  const [x, scale, bias] = node.inputs;
  const dims = context.floatDims(x);
  if (dims === undefined || context.floatDims(node.outputs[0]) === undefined) return unknownShapes;
  if (node.outputs.slice(1).some((output) => output !== undefined)) return 'statistics that are asked for';
  const axis = intOf(node, 'axis') ?? -1;
  const first = normalizeAxis(axis, dims.length);
  const length = elementCount(dims.slice(first));
  const isWhole = (value: Value | undefined) =>
    value === undefined || elementCount(context.floatDims(value) ?? [0]) === length;
  if (!isWhole(scale) || !isWhole(bias)) return 'parameters that are broadcast';
  const input = context.flat(x!);
  const parameters = [scale, bias].map((value) => value && context.flat(value));
  const output = context.makeFlat(node.outputs[0]!);
  const absent: Pointer = { scratch: 0 };
  context.add({
    kind: 'kernel',
    algorithm: 'normalize runs',
    nodes: [node],
    reads: [input, ...parameters.filter((tensor) => tensor !== undefined)],
    writes: [output],
    operations: 8 * elementCount(dims),
    build: () => ({
      kernel: {
        name: 'normalize runs',
        params: {
          axes: [{ size: elementCount(dims) / length, strides: [length, 0, 0, length] }],
          length,
          epsilon: floatOf(node, 'epsilon') ?? 1e-5,
          hasScale: scale !== undefined,
          hasBias: bias !== undefined,
          isSpread: false,
        },
      },
      pointers: [
        { tensor: input },
        ...parameters.map((tensor): Pointer => (tensor === undefined ? absent : { tensor })),
        { tensor: output },
      ],
    }),
  });
  return undefined;
};

export function lowerSoftmax(isLog: boolean): Lowering {
  return (context, node) => {
    const dims = context.floatDims(node.inputs[0]);
    if (dims === undefined || context.floatDims(node.outputs[0]) === undefined) return unknownShapes;
    const isOld = node.opset < 13;
    const axis = intOf(node, 'axis') ?? (isOld ? 1 : -1);
    const first = normalizeAxis(axis, dims.length);
    const overChannels = !isOld && first === 1 && dims.length > 2 && innerSize(dims) !== undefined;
    if (overChannels) return addSoftmax(context, node, isLog, dims, 1);
    if (!isOld && first !== dims.length - 1) return 'an axis between others';
    return addSoftmax(context, node, isLog, dims, isOld ? first : dims.length - 1);
  };
}

/** Over the channels in the inner layout where `first` is 1 and there are others behind it, else over the axes from it on. */
function addSoftmax(
  context: LoweringContext,
  node: Node,
  isLog: boolean,
  dims: readonly number[],
  first: number,
): undefined {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const isInner = first === 1 && dims.length > 2 && node.opset >= 13;
  const source = isInner ? context.inner(x) : context.flat(x);
  const target = isInner ? context.makeInner(y) : context.makeFlat(y);
  const length = isInner ? dims[1]! : elementCount(dims.slice(first));
  context.add({
    kind: 'kernel',
    algorithm: isLog ? 'log softmax' : 'softmax',
    nodes: [node],
    reads: [source],
    writes: [target],
    operations: 30 * elementCount(dims),
    build: (places) => {
      const [from, to] = [stridesOf(source, dims, places), stridesOf(target, dims, places)];
      const axes = isInner
        ? dims.flatMap((size, axis) => (axis === 1 ? [] : [{ size, strides: [from[axis]!, to[axis]!] }]))
        : [{ size: elementCount(dims.slice(0, first)), strides: [length, length] }];
      return {
        kernel: { name: 'softmax', params: { axes, length, isLog } },
        pointers: [{ tensor: source }, { tensor: target }],
      };
    },
  });
  return undefined;
}
