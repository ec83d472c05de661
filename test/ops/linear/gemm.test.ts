import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { smallIntegers } from '../../support/geometry.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';

const a = float32([2, 3], [1, 2, 3, 4, 5, 6]);
const b = float32([3, 2], [1, 0, 0, 1, 1, 1]);

function values(tensor: Tensor | undefined): number[] {
  return Array.from(tensor!.data as Float32Array);
}

describe('Gemm', () => {
  it.each([
    { what: 'no C', c: undefined, data: [4, 5, 10, 11] },
    { what: 'a scalar C', c: float32([], [10]), data: [14, 15, 20, 21] },
    { what: 'a row of C', c: float32([2], [10, 20]), data: [14, 25, 20, 31] },
    { what: 'a column of C', c: float32([2, 1], [10, 20]), data: [14, 15, 30, 31] },
    { what: 'a matrix C', c: float32([2, 2], [1, 2, 3, 4]), data: [5, 7, 13, 15] },
  ])('adds $what', ({ c, data }) => {
    expect(values(runOperator({ op: 'Gemm', inputs: [a, b, c] })[0])).toEqual(data);
  });

  it('is alpha · A′ · B′ + beta · C for every transposition', () => {
    const size = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.boolean(), fc.integer(), (m, k, n, transA, transB, seed) => {
        const [x, y, z] = [smallIntegers(m * k, seed), smallIntegers(k * n, seed + 1), smallIntegers(n, seed + 2)];
        const inputs = [float32(transA ? [k, m] : [m, k], x), float32(transB ? [n, k] : [k, n], y), float32([1, n], z)];
        const attributes = { transA: Number(transA), transB: Number(transB), alpha: 0.5, beta: -0.25 };
        const [out] = runOperator({ op: 'Gemm', inputs, attributes });
        const expected: number[] = [];
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let p = 0; p < k; p++) sum += x[transA ? p * m + i : i * k + p]! * y[transB ? j * k + p : p * n + j]!;
            expected.push(0.5 * sum - 0.25 * z[j]!);
          }
        }
        expect(values(out)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps 64-bit integers exact', () => {
    const big = int64([1, 1], [2n ** 61n + 1n]);
    const [y] = runOperator({
      op: 'Gemm',
      opset: 13,
      inputs: [big, int64([1, 1], [1]), int64([1], [3])],
      attributes: { beta: { kind: 'float', value: 2 } },
    });
    expect([...(y!.data as BigInt64Array)]).toEqual([2n ** 61n + 7n]);
  });

  it('holds products of 64-bit integers with an infinite factor to the largest integer', () => {
    const run = (alpha: number) =>
      runOperator({
        op: 'Gemm',
        inputs: [int64([2, 1], [1, 0]), int64([1, 1], [3])],
        attributes: { alpha: { kind: 'float', value: alpha } },
      })[0]!.data;
    expect([...run(Number.POSITIVE_INFINITY)]).toEqual([2n ** 63n - 1n, 0n]);
    expect([...run(Number.NEGATIVE_INFINITY)]).toEqual([-(2n ** 63n), 0n]);
  });

  it('stretched C before operator set 7 only where told', () => {
    const inputs = [[2, 3], [3, 4], [4]];
    const strict = inferOperator({ op: 'Gemm', opset: 6, inputs });
    expect(strict.diagnostics).toMatchObject([{ code: 'US1204' }]);
    const loose = inferOperator({ op: 'Gemm', opset: 6, inputs, attributes: { broadcast: 1 } });
    expect(loose.diagnostics).toEqual([]);
    expect(loose.shapes[0]).toEqual([2, 4]);
    expect(inferOperator({ op: 'Gemm', opset: 9, inputs: inputs.slice(0, 2) }).diagnostics).toMatchObject([
      { code: 'US1306' },
    ]);
  });

  it('infers symbolic sizes, and proposes transB for weights that lie the other way round', () => {
    const batch = symbol('N');
    expect(inferOperator({ op: 'Gemm', inputs: [[batch, 8], [8, 3], [3]] }).shapes[0]).toEqual([batch, 3]);
    const { diagnostics } = inferOperator({
      op: 'Gemm',
      inputs: [
        [batch, 8],
        [3, 8],
      ],
    });
    expect(diagnostics).toMatchObject([{ code: 'US1202', expected: '8', actual: '3' }]);
    expect(diagnostics[0]!.hint).toContain('transB = 1');
  });
});
