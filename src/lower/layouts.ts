/** What lowerings that work in either layout ask. */

import type { Value } from '../ir/graph.js';
import { rowMajorStrides } from '../ir/tensor.js';
import type { LoweringContext } from './context/context.js';
import { type LoweredTensor, nhwc8Size } from './context/tensor.js';
import type { TensorPlacement } from './context/unplaced-step.js';

/** The stride of each axis of `tensor`, whose dims in ONNX order are `dims`, in either layout. */
export function stridesOf(tensor: LoweredTensor, dims: readonly number[], placement: TensorPlacement): number[] {
  if (tensor.layout === 'row-major') return rowMajorStrides(dims);
  const { imageStride, sliceStride, rowStride, pixelStride } = placement.view(tensor);
  const spatial = [sliceStride, rowStride, pixelStride];
  return dims.length <= 2
    ? [imageStride, 1].slice(0, dims.length)
    : [imageStride, 1, ...spatial.slice(2 - dims.length)];
}

/** Whether the value is better read in NHWC8: it has spatial axes, and is in no other layout so far. */
export function prefersNhwc8(context: LoweringContext, value: Value): boolean {
  const dims = context.values.dims(value);
  const hasLayout = dims !== undefined && dims.length >= 3 && nhwc8Size(dims) !== undefined;
  return hasLayout && context.tensors.isOnlyNhwc8(value);
}
