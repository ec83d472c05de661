/**
 * Quantization by one scale and one zero point, as onnxruntime's operators on quantized tensors compute: every step is
 * rounded to float32.
 */
import type { ElementType } from '../../ir/element-type.js';
import { numbersOf } from '../../ir/numeric.js';
import { Tensor } from '../../ir/tensor.js';
import { requireCount } from '../quantization/parameters.js';
import { quantize } from '../quantization/quantized-storage.js';

function single(tensor: Tensor, name: string): number {
  return numbersOf(requireCount(tensor, [1], name))[0]!;
}

/** (x − zero point) · scale. An absent zero point is 0. */
export function dequantized(x: Tensor, scale: Tensor, zeroPoint: Tensor | undefined): Tensor<Float32Array> {
  const factor = single(scale, 'the scale');
  const zero = zeroPoint === undefined ? 0 : single(zeroPoint, 'the zero point');
  return new Tensor(
    'float32',
    x.dims,
    Float32Array.from(numbersOf(x), (value) => (value - zero) * factor),
  );
}

/** Round(x / scale) + zero point, within the type; halves to even. An absent zero point is 0. */
export function quantized(x: Tensor, scale: Tensor, zeroPoint: Tensor | undefined, type: ElementType): Tensor {
  const divisor = single(scale, 'the scale');
  const zero = zeroPoint === undefined ? 0 : single(zeroPoint, 'the zero point');
  const quotients = Float64Array.from(numbersOf(x), (value) => Math.fround(value / divisor));
  return quantize(type, x.dims, quotients, () => zero);
}
