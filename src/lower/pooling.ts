/** MaxPool and AveragePool over one to three spatial axes, MaxUnpool over one or two. */
import type { Node, Value } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { boundTo } from '../ops/bind.js';
import { asWindowVolume, type ConcreteWindow } from '../ops/convolution/window.js';
import type { maxUnpool } from '../ops/pooling/max-unpool.js';
import { type PoolAttributes, pooling, poolWindows } from '../ops/pooling/pool.js';
import type { Pair } from '../wasm/kernels/views.js';
import { isMovedInBytes } from './context/bytes.js';
import type { LoweringContext } from './context/context.js';
import { Nhwc8Tensor, nhwc8Size } from './context/tensor.js';
import { defineLowering, floats, floatsAndSmallIntegers, kernelsOf, type Lowering, unfitValue } from './lowering.js';
import { poolsInTiles } from './pool-tiles.js';

const otherRank = 'another rank than 3 to 5';

interface Pooled {
  readonly x: Value;
  readonly y: Value;
}

type PoolWindows = readonly [depth: ConcreteWindow, height: ConcreteWindow, width: ConcreteWindow];

/** The windows along depth, height and width, or the reason why no kernel takes the node. */
function windowsOf(
  context: LoweringContext,
  { x, y }: Pooled,
  attributes: PoolAttributes,
): PoolWindows | typeof otherRank | typeof unfitValue {
  const dims = context.tensors.representableDims(x);
  if (dims === undefined || context.values.sizedDims(y) === undefined) {
    return unfitValue;
  }
  if (nhwc8Size(dims) === undefined || dims.length < 3) return otherRank;
  return asWindowVolume(poolWindows(attributes, dims.slice(2)));
}

function addPool(
  context: LoweringContext,
  node: Node,
  { x, y }: Pooled,
  kind: 'max' | 'average',
  [deep, high, wide]: PoolWindows,
  countsPadding: boolean,
  indices?: Value,
): void {
  const pair = (of: (window: ConcreteWindow) => number): Pair => [of(high), of(wide)];
  // Bytes from 0 on are in the order of the integers that they are.
  const isBytes = indices === undefined && isMovedInBytes(context, x, y);
  const input = isBytes ? context.tensors.bytes(x) : context.tensors.nhwc8(x);
  const output = isBytes ? context.tensors.makeBytes(y) : context.tensors.makeNhwc8(y);
  const areQuarters =
    isPlain([deep, high, wide]) && [deep, high, wide].map(({ kernel: size }) => size).join() === '1,2,2';
  const isPlainMax = areQuarters && kind === 'max' && !isBytes && indices === undefined;
  if (isPlainMax && poolsInTiles(context, node, x, input, output)) return;
  const argmax = indices && new Nhwc8Tensor(indices.name, output.size);
  if (argmax !== undefined) context.tensors.argmaxOffsets.set(indices!, argmax);
  const kernel = pair((window) => window.kernel);
  const { kernel: slices, stride, dilation, padBegin: pad, padEnd } = deep;
  const isVolume = context.values.dims(x)!.length === 5;
  const operations = elementCount(context.values.dims(y)!) * slices * kernel[0] * kernel[1];
  context.add({
    kind: 'kernel',
    algorithm: `${kind} pool${isBytes ? ' of bytes' : argmax === undefined ? '' : ' with argmax offsets'}`,
    nodes: [node],
    reads: [input],
    writes: argmax === undefined ? [output] : [output, argmax],
    operations,
    work: operations * 2,
    build: (placement) => ({
      kernel: {
        name: 'pooling',
        params: {
          input: placement.view(input),
          output: placement.view(output),
          kind: isBytes ? 'max of bytes' : kind,
          kernel,
          strides: pair((window) => window.stride),
          dilations: pair((window) => window.dilation),
          pads: pair((window) => window.padBegin),
          padsEnd: pair((window) => window.padEnd),
          countsPadding,
          ...(isVolume ? { depth: { kernel: slices, stride, dilation, pad, padEnd } } : {}),
          ...(argmax === undefined ? {} : { argmax: placement.view(argmax) }),
        },
      },
      pointers: [{ tensor: input }, { tensor: output }, ...(argmax === undefined ? [] : [{ tensor: argmax }])],
    }),
  });
}

/** Whether windows lie side by side. */
function isPlain(windows: PoolWindows): boolean {
  return windows.every(
    ({ kernel, stride, dilation, padBegin, padEnd }) =>
      kernel === stride && dilation === 1 && padBegin === 0 && padEnd === 0,
  );
}

const volumeIndices = 'indices of volumes';

const lowerMaxPool = defineLowering(
  pooling.MaxPool,
  kernelsOf(floatsAndSmallIntegers, [otherRank, volumeIndices]),
  (context, node, { attributes, inputs, outputs }) => {
    const pooled = { x: inputs.X, y: outputs.Y };
    const windows = windowsOf(context, pooled, attributes);
    if (typeof windows === 'string') return windows;
    const indices = outputs.Indices;
    if (indices !== undefined && context.values.dims(indices)?.length === 5) return volumeIndices;
    const isInOrder = attributes.storage_order === 0;
    const isOffsets = indices !== undefined && isInOrder && isUnpooledOnly(context, pooled.x, indices, windows);
    addPool(context, node, pooled, 'max', windows, false, indices);
    if (indices !== undefined && !isOffsets) addIndices(context, node, pooled.x, indices, windows, !isInOrder);
    return undefined;
  },
);

/** Makes ONNX's indices of the argmax offsets. */
function addIndices(
  context: LoweringContext,
  node: Node,
  x: Value,
  indices: Value,
  [, high, wide]: PoolWindows,
  isColumnMajor: boolean,
): void {
  const argmax = context.tensors.argmaxOffsets.get(indices)!;
  // Readers other than unpoolings of this size take the indices.
  context.tensors.argmaxOffsets.delete(indices);
  const { height, width } = nhwc8Size(context.values.dims(x)!)!;
  const target = context.tensors.makeStored(indices);
  const pair = (of: (window: ConcreteWindow) => number): Pair => [of(high), of(wide)];
  context.add({
    kind: 'kernel',
    algorithm: 'indices of argmax offsets',
    nodes: [node],
    reads: [argmax],
    writes: [target],
    operations: 0,
    work: target.floats * 4,
    build: (placement) => ({
      kernel: {
        name: 'argmax indices',
        params: {
          argmax: placement.view(argmax),
          input: [height, width],
          kernel: pair((window) => window.kernel),
          strides: pair((window) => window.stride),
          dilations: pair((window) => window.dilation),
          pads: pair((window) => window.padBegin),
          isColumnMajor,
        },
      },
      pointers: [{ tensor: argmax }, { tensor: target }],
    }),
  });
}

/** Whether argmax offsets say all that is read of the indices: windows lie side by side, and all readers undo this pooling. */
function isUnpooledOnly(context: LoweringContext, x: Value, indices: Value, windows: PoolWindows): boolean {
  if (context.uses.isReturned(indices)) return false;
  const pooled = context.values.dims(x)!.join();
  return (
    isPlain(windows) &&
    context.uses.readers(indices).every((reader) => {
      const unpool = boundTo<typeof maxUnpool.MaxUnpool>('MaxUnpool', reader);
      if (unpool === undefined || unpool.inputs.I !== indices || unpool.inputs.X === indices) return false;
      const { kernel_shape, strides, pads } = unpool.attributes;
      const isSame = [kernel_shape, strides ?? kernel_shape.map(() => 1)].every(
        (list) =>
          list.join() ===
          windows
            .slice(-list.length)
            .map(({ kernel }) => kernel)
            .join(),
      );
      const hasPads = pads?.some((pad) => pad !== 0) ?? false;
      return isSame && !hasPads && context.values.floatDims(unpool.outputs.output)?.join() === pooled;
    })
  );
}

const lowerAveragePool = defineLowering(
  pooling.AveragePool,
  kernelsOf(floats, [otherRank]),
  (context, node, { attributes, inputs, outputs }) => {
    const pooled = { x: inputs.X, y: outputs.Y };
    const windows = windowsOf(context, pooled, attributes);
    if (typeof windows === 'string') return windows;
    addPool(context, node, pooled, 'average', windows, attributes.count_include_pad);
    return undefined;
  },
);

export const poolingLowerings: readonly Lowering[] = [lowerAveragePool, lowerMaxPool];
