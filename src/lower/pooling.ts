/** MaxPool, MaxUnpool and AveragePool over one or two spatial axes. */
import type { Node, Value } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { flag, int, readAttributes } from '../ops/attributes.js';
import { type ConcreteWindow, concreteWindows, spatialAttributes, windowAxes } from '../ops/convolution/window.js';
import { unpoolAttributes } from '../ops/pooling/max-unpool.js';
import type { Pair } from '../wasm/kernels/views.js';
import type { LoweringContext } from './context.js';
import { type Lowering, unknownShapes } from './lowering.js';
import { InnerTensor, innerSize } from './tensor.js';

const attributes = {
  ...spatialAttributes,
  kernel_shape: spatialAttributes.kernel_shape.required(),
  ceil_mode: flag(false),
  count_include_pad: flag(false),
  storage_order: int(0),
};

const single: ConcreteWindow = { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 };

/** The windows of height and width; a reason where the node has others. */
export function poolWindows(context: LoweringContext, node: Node): readonly [ConcreteWindow, ConcreteWindow] | string {
  const dims = context.floatDims(node.inputs[0]);
  if (dims === undefined || context.floatDims(node.outputs[0]) === undefined) {
    return unknownShapes;
  }
  if (innerSize(dims) === undefined || dims.length < 3) return 'three spatial axes';
  const read = readAttributes(attributes, node, node.opset);
  const windows = concreteWindows(windowAxes(read, read.kernel_shape), dims.slice(2), read.ceil_mode);
  return windows.length === 2 ? [windows[0]!, windows[1]!] : [single, windows[0]!];
}

function addPool(
  context: LoweringContext,
  node: Node,
  kind: 'max' | 'average',
  windows: readonly [ConcreteWindow, ConcreteWindow],
  countsPadding: boolean,
  indices?: Value,
): void {
  const pair = (of: (window: ConcreteWindow) => number): Pair => [of(windows[0]), of(windows[1])];
  const input = context.inner(node.inputs[0]!);
  const output = context.makeInner(node.outputs[0]!);
  const taps = indices && new InnerTensor(indices.name, output.size);
  if (taps !== undefined) context.taps.set(indices!, taps);
  const kernel = pair((window) => window.kernel);
  const operations = elementCount(context.dims(node.outputs[0])!) * kernel[0] * kernel[1];
  context.add({
    kind: 'kernel',
    algorithm: taps === undefined ? `${kind} pool` : `${kind} pool with taps`,
    nodes: [node],
    reads: [input],
    writes: taps === undefined ? [output] : [output, taps],
    operations,
    work: operations * 2,
    build: (places) => ({
      kernel: {
        name: 'pooling',
        params: {
          input: places.view(input),
          output: places.view(output),
          kind,
          kernel,
          strides: pair((window) => window.stride),
          dilations: pair((window) => window.dilation),
          pads: pair((window) => window.padBegin),
          padsEnd: pair((window) => window.padEnd),
          countsPadding,
          ...(taps === undefined ? {} : { taps: places.view(taps) }),
        },
      },
      pointers: [{ tensor: input }, { tensor: output }, ...(taps === undefined ? [] : [{ tensor: taps }])],
    }),
  });
}

export const lowerMaxPool: Lowering = (context, node) => {
  const windows = poolWindows(context, node);
  if (typeof windows === 'string') return windows;
  const indices = node.outputs[1];
  if (indices !== undefined && !isUnpooledOnly(context, node, indices, windows)) {
    return 'indices that others than matching unpoolings read';
  }
  addPool(context, node, 'max', windows, false, indices);
  return undefined;
};

/** Whether the indices can be taps: windows side by side, which the readers put back in a tensor of the same size. */
function isUnpooledOnly(
  context: LoweringContext,
  node: Node,
  indices: Value,
  windows: readonly [ConcreteWindow, ConcreteWindow],
): boolean {
  if (context.isReturned(indices) || readAttributes(attributes, node, node.opset).storage_order !== 0) return false;
  const isPlain = windows.every(
    ({ kernel, stride, dilation, padBegin, padEnd }) =>
      kernel === stride && dilation === 1 && padBegin === 0 && padEnd === 0,
  );
  const pooled = context.dims(node.inputs[0])!.join();
  return (
    isPlain &&
    context.readersOf(indices).every((reader) => {
      if (reader.opType !== 'MaxUnpool' || reader.inputs[1] !== indices || reader.inputs[0] === indices) return false;
      const { kernel_shape, strides, pads } = readAttributes(unpoolAttributes, reader, reader.opset);
      const isSame = [kernel_shape, strides ?? kernel_shape.map(() => 1)].every(
        (list) =>
          list.join() ===
          windows
            .slice(-list.length)
            .map(({ kernel }) => kernel)
            .join(),
      );
      const hasPads = pads?.some((pad) => pad !== 0) ?? false;
      return isSame && !hasPads && context.floatDims(reader.outputs[0])?.join() === pooled;
    })
  );
}

export const lowerMaxUnpool: Lowering = (context, node) => {
  const [x, indices] = node.inputs;
  const taps = indices && context.taps.get(indices);
  if (taps === undefined) return 'indices that are not those of a pooling of this size';
  const { kernel_shape } = readAttributes(unpoolAttributes, node, node.opset);
  const [high, wide] = kernel_shape.length === 2 ? kernel_shape : [1, kernel_shape[0]];
  const input = context.inner(x!);
  const output = context.makeInner(node.outputs[0]!);
  const operations = elementCount(context.dims(node.outputs[0])!);
  context.add({
    kind: 'kernel',
    algorithm: 'unpool by taps',
    nodes: [node],
    reads: [input, taps],
    writes: [output],
    operations,
    work: operations * 2,
    build: (places) => ({
      kernel: {
        name: 'unpool',
        params: {
          input: places.view(input),
          taps: places.view(taps),
          output: places.view(output),
          kernel: [high!, wide!],
        },
      },
      pointers: [{ tensor: input }, { tensor: taps }, { tensor: output }],
    }),
  });
  return undefined;
};

export const lowerAveragePool: Lowering = (context, node) => {
  const windows = poolWindows(context, node);
  if (typeof windows === 'string') return windows;
  addPool(context, node, 'average', windows, readAttributes(attributes, node, node.opset).count_include_pad);
  return undefined;
};
