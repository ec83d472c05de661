/** Weights of 3×3 convolutions of bytes at the points of Winograd's F(4×4, 3×3), which `wasm/kernels/byte-winograd.ts` sums up. */
import { Tensor } from '../ir/tensor.js';

/**
 * Of three weights, `step` apart: the rows of Lavin's G times 24, −6, −6, 24, 24 and 6, which are whole; to places that are as
 * far apart.
 */
function alongAxis(
  from: Int32Array,
  at: number,
  to: Int32Array | Int16Array,
  onto: number,
  step: number,
  toStep: number,
) {
  const [a, b, c] = [from[at]!, from[at + step]!, from[at + 2 * step]!];
  const [outer, far] = [a + c, a + 4 * c];
  to[onto] = 6 * a;
  to[onto + toStep] = outer + b;
  to[onto + 2 * toStep] = outer - b;
  to[onto + 3 * toStep] = far + 2 * b;
  to[onto + 4 * toStep] = far - 2 * b;
  to[onto + 5 * toStep] = 6 * c;
}

/**
 * @param dims [outputs, pairs of channels, points]: elements are words of 16 bits each, zeros after the last channel
 * @param weights [outputs, channels, 3, 3]
 * @param zeros zero points, of each output or of all
 */
export function pointWeights(
  dims: readonly number[],
  channels: number,
  weights: ArrayLike<number>,
  zeros: ArrayLike<number>,
): Tensor {
  const [outputs, pairs, points] = dims as [number, number, number];
  const halves = new Int16Array(outputs * pairs * points * 2);
  const window = new Int32Array(9);
  const columns = new Int32Array(18);
  for (let output = 0; output < outputs; output++) {
    const zero = zeros[output % zeros.length]!;
    for (let channel = 0; channel < channels; channel++) {
      const at = (output * channels + channel) * 9;
      for (let i = 0; i < 9; i++) window[i] = weights[at + i]! - zero;
      for (let x = 0; x < 3; x++) alongAxis(window, x, columns, x, 3, 3);
      const first = (output * pairs + (channel >> 1)) * points * 2 + (channel & 1);
      for (let y = 0; y < 6; y++) alongAxis(columns, y * 3, halves, first + y * 12, 1, 2);
    }
  }
  return new Tensor('float32', dims, new Float32Array(halves.buffer));
}
