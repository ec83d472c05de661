/** Weights of 3×3 convolutions of bytes at the points of Winograd's F(4×4, 3×3), which `wasm/kernels/byte-winograd.ts` sums up. */
import { Tensor } from '../ir/tensor.js';

/**
 * Of `count` times three weights, `step` apart: the rows of Lavin's G times 24, −6, −6, 24, 24 and 6, which are whole; to places
 * that are `toStep` apart. The next three are `next` further, and so many places further go to.
 */
function alongAxis(
  from: Int32Array,
  step: number,
  next: number,
  to: Int32Array | Int16Array,
  first: number,
  toStep: number,
  toNext: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const at = i * next;
    const onto = first + i * toNext;
    const a = from[at]!;
    const b = from[at + step]!;
    const c = from[at + 2 * step]!;
    const outer = a + c;
    const far = a + 4 * c;
    to[onto] = 6 * a;
    to[onto + toStep] = outer + b;
    to[onto + 2 * toStep] = outer - b;
    to[onto + 3 * toStep] = far + 2 * b;
    to[onto + 4 * toStep] = far - 2 * b;
    to[onto + 5 * toStep] = 6 * c;
  }
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
      alongAxis(window, 3, 1, columns, 0, 3, 1, 3);
      const first = (output * pairs + (channel >> 1)) * points * 2 + (channel & 1);
      alongAxis(columns, 1, 3, halves, first, 2, 12, 6);
    }
  }
  return new Tensor('float32', dims, new Float32Array(halves.buffer));
}
