/** MaxPool and AveragePool over one or two spatial axes, and the global pools. */
import type { Node } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { flag, int, readAttributes } from '../ops/attributes.js';
import { type ConcreteWindow, concreteWindows, spatialAttributes, windowAxes } from '../ops/convolution/window.js';
import type { Pair } from '../wasm/kernels/views.js';
import type { LoweringContext } from './context.js';
import type { Lowering } from './lowering.js';
import { innerSize } from './tensor.js';

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
    return 'shapes that only running shows, or another type than float32';
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
): void {
  const pair = (of: (window: ConcreteWindow) => number): Pair => [of(windows[0]), of(windows[1])];
  const input = context.inner(node.inputs[0]!);
  const output = context.makeInner(node.outputs[0]!);
  const kernel = pair((window) => window.kernel);
  const operations = elementCount(context.dims(node.outputs[0])!) * kernel[0] * kernel[1];
  context.add({
    kind: 'kernel',
    algorithm: `${kind} pool`,
    nodes: [node],
    reads: [input],
    writes: [output],
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
        },
      },
      pointers: [{ tensor: input }, { tensor: output }],
    }),
  });
}

export const lowerMaxPool: Lowering = (context, node) => {
  if (node.outputs[1] !== undefined) return 'indices';
  const windows = poolWindows(context, node);
  if (typeof windows === 'string') return windows;
  addPool(context, node, 'max', windows, false);
  return undefined;
};

export const lowerAveragePool: Lowering = (context, node) => {
  const windows = poolWindows(context, node);
  if (typeof windows === 'string') return windows;
  addPool(context, node, 'average', windows, readAttributes(attributes, node, node.opset).count_include_pad);
  return undefined;
};
