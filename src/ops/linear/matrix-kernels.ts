/**
 * Loops that multiply row-major matrices: rows of b are scaled and added up (i-k-j order), so that inner loops run over
 * adjacent elements.
 */
import { type ElementType, isFloat } from '../../ir/element-type.js';
import type { NumberArray } from '../../ir/numeric.js';

/** a [m, k] · b [k, n]. */
export interface MatrixSize {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

export type BigIntArray = BigInt64Array | BigUint64Array;

/** out[outStart …] = a[aStart …] · b[bStart …]. */
export type MatrixKernel<A> = (
  a: A,
  aStart: number,
  b: A,
  bStart: number,
  out: A,
  outStart: number,
  size: MatrixSize,
) => void;

/** The kernel for element types that are stored as numbers. */
export function numberKernel(type: ElementType): MatrixKernel<NumberArray> {
  return isFloat(type) ? multiplyFloats : multiplyIntegers;
}

/** Sums in float64; `out` rounds them. */
export function multiplyFloats(
  a: NumberArray,
  aStart: number,
  b: NumberArray,
  bStart: number,
  out: NumberArray,
  outStart: number,
  { m, k, n }: MatrixSize,
): void {
  const row = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    row.fill(0);
    for (let p = 0; p < k; p++) {
      const x = a[aStart + i * k + p]!;
      const bRow = bStart + p * n;
      for (let j = 0; j < n; j++) row[j]! += x * b[bRow + j]!;
    }
    out.set(row, outStart + i * n);
  }
}

/** Sums modulo 2^32, or modulo the range of `out` if that is smaller. */
export function multiplyIntegers(
  a: NumberArray,
  aStart: number,
  b: NumberArray,
  bStart: number,
  out: NumberArray,
  outStart: number,
  { m, k, n }: MatrixSize,
): void {
  const row = new Int32Array(n);
  for (let i = 0; i < m; i++) {
    row.fill(0);
    for (let p = 0; p < k; p++) {
      const x = a[aStart + i * k + p]!;
      const bRow = bStart + p * n;
      for (let j = 0; j < n; j++) row[j]! += Math.imul(x, b[bRow + j]!);
    }
    out.set(row, outStart + i * n);
  }
}

/** Sums modulo 2^64. */
export function multiplyBigInts(
  a: BigIntArray,
  aStart: number,
  b: BigIntArray,
  bStart: number,
  out: BigIntArray,
  outStart: number,
  { m, k, n }: MatrixSize,
): void {
  const row = new BigInt64Array(n);
  for (let i = 0; i < m; i++) {
    row.fill(0n);
    for (let p = 0; p < k; p++) {
      const x = a[aStart + i * k + p]!;
      const bRow = bStart + p * n;
      for (let j = 0; j < n; j++) row[j]! += x * b[bRow + j]!;
    }
    out.set(row, outStart + i * n);
  }
}
