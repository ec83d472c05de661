import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { elementCount, float32, int64, Tensor } from '../../../src/ir/tensor.js';
import { findOperator } from '../../../src/ops/registry.js';
import { graphOf, inferOperator, runOperator } from '../../support/run-operator.js';

function matMul(a: Tensor, b: Tensor): Tensor {
  return runOperator({ op: 'MatMul', inputs: [a, b] })[0]!;
}

const cases = [
  { what: 'two matrices', a: [2, 3], b: [3, 2], dims: [2, 2], data: [22, 28, 49, 64] },
  { what: 'a row and a matrix', a: [2], b: [2, 3], dims: [3], data: [9, 12, 15] },
  { what: 'a matrix and a column', a: [2, 2], b: [2], dims: [2], data: [5, 11] },
  { what: 'a row and a column', a: [3], b: [3], dims: [], data: [14] },
  { what: 'stacks of matrices', a: [2, 1, 2], b: [2, 2, 1], dims: [2, 1, 1], data: [5, 25] },
  { what: 'a stack and one matrix', a: [2, 1, 2], b: [2, 1], dims: [2, 1, 1], data: [5, 11] },
  { what: 'stacks of 2×1 and 1×2', a: [2, 1, 1, 1], b: [1, 2, 1, 1], dims: [2, 2, 1, 1], data: [1, 2, 2, 4] },
  { what: 'nothing to sum', a: [2, 0], b: [0, 2], dims: [2, 2], data: [0, 0, 0, 0] },
];

/** 1, 2, 3 … */
function counting(dims: readonly number[]): Tensor {
  return float32(
    dims,
    Array.from({ length: elementCount(dims) }, (_, i) => i + 1),
  );
}

describe('MatMul', () => {
  it.each(cases)('multiplies $what', ({ a, b, dims, data }) => {
    const y = matMul(counting(a), counting(b));
    expect({ dims: y.dims, data: [...(y.data as Float32Array)] }).toEqual({ dims, data });
  });

  it('is exact in 64-bit integers and wraps in 32', () => {
    const wide = matMul(int64([1, 2], [3037000500n, 1n]), int64([2, 1], [3037000499n, 7n]));
    expect([...(wide.data as BigInt64Array)]).toEqual([3037000500n * 3037000499n + 7n]);
    const narrow = matMul(
      new Tensor('int32', [1, 2], Int32Array.of(65536, 1)),
      new Tensor('int32', [2, 1], Int32Array.of(65536, 5)),
    );
    expect([...(narrow.data as Int32Array)]).toEqual([5]);
  });

  it('sums in more than float32', () => {
    const ones = float32([1, 3], [2 ** 24, 1, 1]);
    expect(matMul(ones, float32([3, 1], [1, 1, 1])).data[0]).toBe(2 ** 24 + 2);
  });

  it('agrees with an index by index sum over broadcast stacks', () => {
    const size = fc.integer({ min: 0, max: 3 });
    const stack = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom('both', 'left', 'right')), {
      maxLength: 2,
    });
    fc.assert(
      fc.property(stack, size, size, size, (batch, m, k, n) => {
        const left = batch.map(([extent, who]) => (who === 'right' ? 1 : extent));
        const right = batch.map(([extent, who]) => (who === 'left' ? 1 : extent));
        const a = counting([...left, m, k]);
        const b = counting([...right, k, n]);
        const y = matMul(a, b);
        expect(y.dims).toEqual([...batch.map(([extent]) => extent), m, n]);
        const at = (tensor: Tensor, position: readonly number[]) =>
          tensor.data[
            tensor.dims.reduce((index, extent, axis) => index * extent + (extent === 1 ? 0 : position[axis]!), 0)
          ] as number;
        for (const position of positions(y.dims)) {
          const [i, j] = position.slice(-2) as [number, number];
          const outer = position.slice(0, -2);
          let sum = 0;
          for (let p = 0; p < k; p++) sum += at(a, [...outer, i, p]) * at(b, [...outer, p, j]);
          const index = y.dims.reduce((index, extent, axis) => index * extent + position[axis]!, 0);
          expect(y.data[index]).toBe(sum);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('infers symbolic sizes and records what must agree', () => {
    const [batch, n] = [symbol('N'), symbol('K')];
    expect(
      inferOperator({
        op: 'MatMul',
        inputs: [
          [batch, 4, n],
          [7, n, 5],
        ],
      }).shapes[0],
    ).toEqual([7, 4, 5]);
    expect(inferOperator({ op: 'MatMul', inputs: [[batch, n], [n]] }).shapes[0]).toEqual([batch]);
    expect(inferOperator({ op: 'MatMul', inputs: [[n], [n]] }).shapes[0]).toEqual([]);
  });

  it('names both shapes when the inner sizes differ', () => {
    const { diagnostics } = inferOperator({
      op: 'MatMul',
      inputs: [
        [symbol('N'), 512],
        [10, 512],
      ],
    });
    expect(diagnostics).toMatchObject([
      {
        code: 'US1202',
        message: 'the inner sizes of A [N, 512] and B [10, 512] differ',
        expected: '512',
        actual: '10',
      },
    ]);
    expect(diagnostics[0]!.hint).toContain('transposed');
  });

  it.each([
    {
      op: 'MatMul',
      inputs: [
        [2, 3, 4],
        [4, 5],
      ],
      output: [2, 3, 5],
      macs: 120,
    },
    {
      op: 'Gemm',
      inputs: [
        [4, 3],
        [4, 5],
      ],
      output: [3, 5],
      macs: 60,
      attributes: { transA: 1 },
    },
    {
      op: 'Einsum',
      inputs: [
        [2, 3],
        [3, 4],
      ],
      output: [2, 4],
      macs: 24,
      attributes: { equation: 'ij,jk->ik' },
    },
    { op: 'Einsum', inputs: [[2, 3]], output: [3, 2], macs: 0, attributes: { equation: 'ij->ji' } },
  ])('counts the multiply-accumulates of $op $inputs', ({ op, inputs, output, macs, attributes = {} }) => {
    const node = graphOf({ op, inputs: inputs.map((dims) => counting(dims)), attributes }).nodes[0]!;
    expect(
      findOperator(node)
        ?.bind(node)
        .macs({ inputs, outputs: [output] }),
    ).toBe(macs);
  });
});

function* positions(dims: readonly number[]): Iterable<number[]> {
  const count = elementCount(dims);
  for (let i = 0; i < count; i++) {
    const position: number[] = [];
    let rest = i;
    for (const extent of dims.toReversed()) {
      position.unshift(rest % extent);
      rest = Math.floor(rest / extent);
    }
    yield position;
  }
}
