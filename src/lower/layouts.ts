/** What lowerings that work in either layout ask. */

import type { Value } from '../ir/graph.js';
import { rowMajorStrides } from '../ir/tensor.js';
import { wordsOf } from '../wasm/kernels/cells.js';
import type { LoweringContext } from './context/context.js';
import { type LoweredTensor, nhwc8Size, type RowMajorTensor } from './context/tensor.js';
import type { TensorPlacement } from './context/unplaced-step.js';

/** The strides of a row-major tensor of shape `dims`, in words. */
export function wordStrides({ cells }: RowMajorTensor, dims: readonly number[]): number[] {
  return rowMajorStrides(dims).map((stride) => stride * wordsOf(cells));
}

/** The stride of each axis of `tensor` in words, whose dims in ONNX order are `dims`, in either layout. */
export function stridesOf(tensor: LoweredTensor, dims: readonly number[], placement: TensorPlacement): number[] {
  if (tensor.layout === 'row-major') return wordStrides(tensor, dims);
  const { imageStride, sliceStride, rowStride, pixelStride } = placement.view(tensor);
  const spatial = [sliceStride, rowStride, pixelStride];
  return dims.length <= 2
    ? [imageStride, 1].slice(0, dims.length)
    : [imageStride, 1, ...spatial.slice(2 - dims.length)];
}

/** Where a copy reads a value, in the layout and the cells that it has. */
export function sourceTensor({ tensors }: LoweringContext, value: Value, isNhwc8: boolean): LoweredTensor {
  return isNhwc8 ? tensors.nhwc8(value) : tensors.stored(value);
}

/** Where a copy writes what it makes of `source`. */
export function targetTensor({ tensors }: LoweringContext, source: LoweredTensor, result: Value): LoweredTensor {
  return source.layout === 'nhwc8' ? tensors.makeNhwc8(result) : tensors.makeStored(result, source.cells);
}

/** Whether the value is better read in NHWC8: it has spatial axes, and is in no other layout so far. */
export function prefersNhwc8(context: LoweringContext, value: Value): boolean {
  const dims = context.values.dims(value);
  const hasLayout = dims !== undefined && dims.length >= 3 && nhwc8Size(dims) !== undefined;
  return hasLayout && context.tensors.isOnlyNhwc8(value);
}

/** Whether what reads the value wants it in NHWC8. */
export function feedsWindows(context: LoweringContext, value: Value): boolean {
  const windowed = ['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'Resize', 'Upsample'];
  return context.uses.readers(value).some(({ opType }) => windowed.includes(opType));
}
