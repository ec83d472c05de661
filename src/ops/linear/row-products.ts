/** Products of rows with rows: a matrix times a transposed matrix, to which convolutions are reduced. */
import type { NumberArray } from '../../ir/numeric.js';

/** Consecutive rows of `length` elements each, from `start` on. */
export interface Rows {
  readonly data: NumberArray;
  readonly start: number;
  readonly count: number;
}

/**
 * out[i · b.count + j] = Σ a[i, k] · b[j, k], in float64.
 *
 * Multiplies four rows of a with two of b at a time, so that each element that is read is used in several products. If
 * fewer rows are left, the last one is used repeatedly, and its result is written again.
 */
export function multiplyRows(a: Rows, b: Rows, length: number, out: Float64Array): void {
  const [x, y] = [a.data, b.data];
  for (let i = 0; i < a.count; i += 4) {
    const i1 = Math.min(i + 1, a.count - 1);
    const i2 = Math.min(i + 2, a.count - 1);
    const i3 = Math.min(i + 3, a.count - 1);
    const a0 = a.start + i * length;
    const a1 = a.start + i1 * length;
    const a2 = a.start + i2 * length;
    const a3 = a.start + i3 * length;
    for (let j = 0; j < b.count; j += 2) {
      const j1 = Math.min(j + 1, b.count - 1);
      const b0 = b.start + j * length;
      const b1 = b.start + j1 * length;
      let s00 = 0;
      let s10 = 0;
      let s20 = 0;
      let s30 = 0;
      let s01 = 0;
      let s11 = 0;
      let s21 = 0;
      let s31 = 0;
      for (let k = 0; k < length; k++) {
        const v0 = y[b0 + k]!;
        const v1 = y[b1 + k]!;
        const u0 = x[a0 + k]!;
        const u1 = x[a1 + k]!;
        const u2 = x[a2 + k]!;
        const u3 = x[a3 + k]!;
        s00 += u0 * v0;
        s10 += u1 * v0;
        s20 += u2 * v0;
        s30 += u3 * v0;
        s01 += u0 * v1;
        s11 += u1 * v1;
        s21 += u2 * v1;
        s31 += u3 * v1;
      }
      out[i * b.count + j] = s00;
      out[i1 * b.count + j] = s10;
      out[i2 * b.count + j] = s20;
      out[i3 * b.count + j] = s30;
      out[i * b.count + j1] = s01;
      out[i1 * b.count + j1] = s11;
      out[i2 * b.count + j1] = s21;
      out[i3 * b.count + j1] = s31;
    }
  }
}
