/** Stores interpolated values in tensors. */
import { type ElementType, isBigInt, isInteger } from '../../ir/element-type.js';
import { type NumberArray, tensorFromNumbers } from '../../ir/numeric.js';
import type { Tensor } from '../../ir/tensor.js';
import { resultArray } from '../elementwise/element-types.js';
import { integerRange } from '../quantization/quantized-storage.js';

/** Storage for interpolated values of `type` before they are rounded; for integer types it holds fractions. */
export function sampledArray(type: ElementType, count: number): NumberArray {
  return isInteger(type) ? new Float64Array(count) : resultArray(type, count);
}

/** The values as `type`; integers are truncated and saturated. */
export function sampledTensor(type: ElementType, dims: readonly number[], values: NumberArray): Tensor {
  if (isInteger(type) && !isBigInt(type)) {
    const { min, max } = integerRange(type);
    for (let i = 0; i < values.length; i++) values[i] = Math.trunc(Math.max(min, Math.min(values[i]!, max)));
  }
  return tensorFromNumbers(type, dims, values);
}
