/** Weights of 3×3 convolutions of bytes at the points of Winograd's F(4×4, 3×3), which `wasm/kernels/byte-winograd.ts` sums up. */
import { Tensor } from '../ir/tensor.js';

/** Of three weights: the rows of Lavin's G times 24, −6, −6, 24, 24 and 6, which are whole. */
function alongAxis(a: number, b: number, c: number): number[] {
  const [outer, far] = [a + c, a + 4 * c];
  return [6 * a, outer + b, outer - b, far + 2 * b, far - 2 * b, 6 * c];
}

/**
 * @param dims [outputs, pairs of channels, points]: elements are words of 16 bits each, zeros after the last channel
 * @param weightAt an element of [outputs, channels, 3, 3] less its zero point
 */
export function pointWeights(dims: readonly number[], channels: number, weightAt: (i: number) => number): Tensor {
  const [outputs, pairs, points] = dims as [number, number, number];
  const halves = new Int16Array(outputs * pairs * points * 2);
  for (let output = 0; output < outputs; output++) {
    for (let channel = 0; channel < channels; channel++) {
      const at = (output * channels + channel) * 9;
      const columns = [0, 1, 2].map((x) => alongAxis(weightAt(at + x), weightAt(at + 3 + x), weightAt(at + 6 + x)));
      const first = (output * pairs + (channel >> 1)) * points * 2 + (channel & 1);
      for (let y = 0; y < 6; y++) {
        const row = alongAxis(columns[0]![y]!, columns[1]![y]!, columns[2]![y]!);
        for (let x = 0; x < 6; x++) halves[first + (y * 6 + x) * 2] = row[x]!;
      }
    }
  }
  return new Tensor('float32', dims, new Float32Array(halves.buffer));
}
