import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { elementCount, float32, int64, Tensor } from '../../../src/ir/tensor.js';
import { smallIntegers } from '../../support/geometry.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';

function einsum(equation: string, ...inputs: Tensor[]): Tensor {
  return runOperator({ op: 'Einsum', inputs, attributes: { equation } })[0]!;
}

function counting(...dims: number[]): Tensor {
  return float32(
    dims,
    Array.from({ length: elementCount(dims) }, (_, i) => i + 1),
  );
}

const cases = [
  { equation: 'ij->ji', inputs: [counting(2, 3)], dims: [3, 2], data: [1, 4, 2, 5, 3, 6] },
  { equation: 'ij->', inputs: [counting(2, 3)], dims: [], data: [21] },
  { equation: 'ij->i', inputs: [counting(2, 3)], dims: [2], data: [6, 15] },
  { equation: 'ii->i', inputs: [counting(3, 3)], dims: [3], data: [1, 5, 9] },
  { equation: 'ii', inputs: [counting(3, 3)], dims: [], data: [15] },
  { equation: 'ba', inputs: [counting(2, 3)], dims: [3, 2], data: [1, 4, 2, 5, 3, 6] },
  { equation: 'aB', inputs: [counting(2, 3)], dims: [3, 2], data: [1, 4, 2, 5, 3, 6] },
  { equation: 'i,j->ij', inputs: [counting(2), counting(3)], dims: [2, 3], data: [1, 2, 3, 2, 4, 6] },
  { equation: ' i , i ', inputs: [counting(3), counting(3)], dims: [], data: [14] },
  { equation: '...ii->...i', inputs: [counting(2, 2, 2)], dims: [2, 2], data: [1, 4, 5, 8] },
  { equation: 'i...->...', inputs: [counting(2, 3)], dims: [3], data: [5, 7, 9] },
  { equation: '...i', inputs: [counting(2, 2)], dims: [2, 2], data: [1, 2, 3, 4] },
  { equation: '...,...', inputs: [counting(2, 1), counting(1, 2)], dims: [2, 2], data: [1, 2, 2, 4] },
  { equation: 'i,i,i->', inputs: [counting(2), counting(2), counting(2)], dims: [], data: [9] },
  { equation: ',i->i', inputs: [float32([], [3]), counting(2)], dims: [2], data: [3, 6] },
];

describe('Einsum', () => {
  it.each(cases)('$equation', ({ equation, inputs, dims, data }) => {
    const y = einsum(equation, ...inputs);
    expect({ dims: y.dims, data: Array.from(y.data as Float32Array) }).toEqual({ dims, data });
  });

  it('is MatMul for bij,bjk->bik and its transposes', () => {
    const size = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(size, size, size, size, fc.integer(), (b, i, j, k, seed) => {
        const x = float32([b, i, j], smallIntegers(b * i * j, seed));
        const y = float32([b, j, k], smallIntegers(b * j * k, seed + 1));
        const [product] = runOperator({ op: 'MatMul', inputs: [x, y] });
        expect(einsum('bij,bjk->bik', x, y)).toEqual(product);
        expect(einsum('...ij,...jk->...ik', x, y)).toEqual(product);
        const turned = einsum('bij->jib', x);
        expect(einsum('jib,bjk->bik', turned, y)).toEqual(product);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps 64-bit integers exact and wraps 32-bit ones', () => {
    expect([
      ...(einsum('i,i->', int64([2], [2n ** 40n, 1]), int64([2], [2n ** 20n, 3])).data as BigInt64Array),
    ]).toEqual([2n ** 60n + 3n]);
    const half = new Tensor('int32', [1], Int32Array.of(2 ** 30));
    expect([...(einsum('i,i,i->', half, half, half).data as Int32Array)]).toEqual([0]);
  });

  it('infers symbolic sizes', () => {
    const [n, h] = [symbol('N'), symbol('H')];
    const attributes = { equation: 'nchw,kc->nkhw' };
    expect(
      inferOperator({
        op: 'Einsum',
        inputs: [
          [n, 8, h, 5],
          [3, 8],
        ],
        attributes,
      }).shapes[0],
    ).toEqual([n, 3, h, 5]);
  });

  it.each([
    {
      equation: 'ij,jk->ik',
      inputs: [
        [2, 3],
        [4, 5],
      ],
      code: 'US1202',
    },
    { equation: 'ij->ik', inputs: [[2, 3]], code: 'US1304' },
    { equation: 'ij->ii', inputs: [[2, 3]], code: 'US1304' },
    { equation: 'i1->i', inputs: [[2, 3]], code: 'US1304' },
    { equation: 'i.j->i', inputs: [[2, 3]], code: 'US1304' },
    { equation: 'ij->i->j', inputs: [[2, 3]], code: 'US1304' },
    { equation: '......i', inputs: [[2, 3]], code: 'US1304' },
    { equation: 'ij', inputs: [[2, 3, 4]], code: 'US1201' },
    {
      equation: 'i...,j...',
      inputs: [
        [2, 3, 4],
        [2, 3],
      ],
      code: 'US1201',
    },
    { equation: 'ij,jk', inputs: [[2, 3]], code: 'US1306' },
  ])('reports $code for $equation', ({ equation, inputs, code }) => {
    expect(inferOperator({ op: 'Einsum', inputs, attributes: { equation } }).diagnostics).toMatchObject([{ code }]);
  });
});
