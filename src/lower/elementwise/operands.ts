/** What epilogues and elementwise loops read beside their main input, in NHWC8. */
import type { Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import type { ElementwiseParams } from '../../wasm/kernels/elementwise.js';
import { input } from '../../wasm/kernels/elementwise-expression.js';
import { paddedChannels, paddedRow, type View } from '../../wasm/kernels/views.js';
import { type LoweringContext, perPlan } from '../context/context.js';
import { type LoweredTensor, nhwc8Size, RowMajorTensor, type Size, sizeKeys } from '../context/tensor.js';
import type { Pointer, TensorPlacement } from '../context/unplaced-step.js';

export interface Nhwc8Operand {
  /** The tensor that is read; none for a constant. */
  readonly reads: readonly LoweredTensor[];
  readonly pointer: Pointer;
  /** Strides, 0 along axes that are broadcast. */
  readonly view: (placement: TensorPlacement) => View;
  /** Whether its one channel is broadcast to all. */
  readonly isBroadcast: boolean;
}

/** Dims of rank `rank`, with 1 for the axes in front that are missing. */
function aligned(dims: readonly number[], rank: number): readonly number[] {
  return [...new Array<number>(rank - dims.length).fill(1), ...dims];
}

function isBroadcastable(size: Size, onto: Size): boolean {
  return sizeKeys.every((key) => size[key] === onto[key] || size[key] === 1);
}

/**
 * Whether a value of `dims` can be an operand of a tensor of shape `onto` in NHWC8.
 * @param mayBroadcast whether one channel may be broadcast to all
 */
export function isNhwc8Operand(dims: readonly number[], onto: readonly number[], mayBroadcast: boolean): boolean {
  if (dims.length > onto.length) return false;
  const [size, whole] = [nhwc8Size(aligned(dims, onto.length)), nhwc8Size(onto)];
  if (size === undefined || whole === undefined || !isBroadcastable(size, whole)) return false;
  return mayBroadcast || size.channels === whole.channels;
}

export function nhwc8Operand(context: LoweringContext, value: Value, onto: readonly number[]): Nhwc8Operand {
  const dims = aligned(context.values.dims(value)!, onto.length);
  const size = nhwc8Size(dims)!;
  const whole = nhwc8Size(onto)!;
  const isBroadcast = size.channels === 1 && whole.channels > 1;
  const step = (key: 'images' | 'depth' | 'height' | 'width', stride: number) => (size[key] === 1 ? 0 : stride);
  const strided = (view: View): View => ({
    ...view,
    imageStride: step('images', view.imageStride),
    sliceStride: step('depth', view.sliceStride),
    rowStride: step('height', view.rowStride),
    pixelStride: step('width', view.pixelStride),
  });
  const isSinglePixel = size.images * size.depth * size.height * size.width === 1;
  if (context.values.constant(value) !== undefined && isSinglePixel) {
    const index = context.constants.channels(value, size.channels);
    return { reads: [], pointer: { constant: index }, view: () => onePixel(size.channels), isBroadcast };
  }
  if (isNumber(dims)) {
    const number = context.tensors.rowMajor(value);
    return { reads: [number], pointer: { tensor: number }, view: () => onePixel(1), isBroadcast };
  }
  const tensor = context.tensors.nhwc8As(value, dims);
  return { reads: [tensor], pointer: { tensor }, view: (placement) => strided(placement.view(tensor)), isBroadcast };
}

/** Whether epilogues can read a value of `dims`. They read vectors of channels, so one number is made a row of them. */
export function isEpilogueOperand(dims: readonly number[], onto: readonly number[]): boolean {
  return isNhwc8Operand(dims, onto, false) || (isNumber(dims) && isNhwc8Operand(dims, onto, true));
}

export function epilogueOperand(context: LoweringContext, value: Value, onto: readonly number[]): Nhwc8Operand {
  const { channels } = nhwc8Size(onto)!;
  if (channels === 1 || !isNumber(context.values.dims(value)!)) return nhwc8Operand(context, value, onto);
  const row = numberRow(context, value, channels);
  return { reads: [row], pointer: { tensor: row }, view: () => onePixel(channels), isBroadcast: false };
}

/** The view of one pixel that is broadcast to all. */
function onePixel(channels: number): View {
  return {
    images: 1,
    channels,
    depth: 1,
    height: 1,
    width: 1,
    imageStride: 0,
    sliceStride: 0,
    rowStride: 0,
    pixelStride: 0,
    writable: 0,
  };
}

export function isNumber(dims: readonly number[]): boolean {
  return dims.every((size) => size === 1);
}

const numberRows = perPlan(() => new Map<Value, Map<number, RowMajorTensor>>());

/** Each number of a value as a row of `count` times the same, `paddedRow(count)` floats from the one before. */
export function numberRow(context: LoweringContext, value: Value, count: number): RowMajorTensor {
  const all = numberRows(context);
  const rows = all.get(value) ?? new Map<number, RowMajorTensor>();
  all.set(value, rows);
  const known = rows.get(count);
  if (known !== undefined) return known;
  const numbers = elementCount(context.values.dims(value)!);
  const row = new RowMajorTensor(value.name, numbers * paddedRow(count));
  rows.set(count, row);
  const source = context.tensors.rowMajor(value);
  const params: ElementwiseParams = {
    tree: input(0),
    axes: numbers === 1 ? [] : [{ size: numbers, strides: [1, paddedRow(count)] }],
    channels: count,
    writable: paddedChannels(count),
    isBroadcast: [true],
  };
  context.add({
    kind: 'kernel',
    algorithm: numbers === 1 ? 'a number as a row' : 'numbers as rows',
    nodes: [],
    reads: [source],
    writes: [row],
    operations: 0,
    work: numbers * count,
    build: () => ({
      kernel: { name: 'elementwise', params },
      pointers: [{ tensor: source }, { tensor: row }],
    }),
  });
  return row;
}
