/** TopK and Unique. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { type Tensor, zeros } from '../../../src/ir/tensor.js';
import { inferShapes, knownOutputs } from '../../support/known.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { inferSymbolic } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

const n = symbol('N');

describe('TopK', () => {
  const topK = (x: Tensor, k: number, attributes = {}, opset = 22) =>
    runOperator({ op: 'TopK', opset, inputs: [x, tensor('int64', [k])], attributes, outputs: 2 }) as [Tensor, Tensor];
  const plain = (tensors: readonly Tensor[]) => tensors.map((y) => elementsOf(y).map(Number));

  it('gives the largest and where they were, equal ones in their order', () => {
    const x = tensor('float32', [3, 9, 9, 1], [1, 4]);
    expect(plain(topK(x, 3))).toEqual([
      [9, 9, 3],
      [1, 2, 0],
    ]);
    expect(plain(topK(x, 2, { largest: 0 }))).toEqual([
      [1, 3],
      [3, 0],
    ]);
    expect(topK(x, 2, {}, 24)[0].dims).toEqual([1, 2]);
  });

  it('works along any axis', () => {
    const x = tensor('int32', [1, 6, 5, 2, 3, 4], [3, 2]);
    const [values, indices] = topK(x, 2, { axis: 0 });
    expect(values.dims).toEqual([2, 2]);
    expect(plain([values, indices])).toEqual([
      [5, 6, 3, 4],
      [1, 0, 2, 2],
    ]);
  });

  it('is the beginning of a stable sort', () => {
    const values = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(values, fc.nat({ max: 8 }), fc.boolean(), (drawn, wanted, largest) => {
        const k = Math.min(wanted, drawn.length);
        const order = drawn.map((_, i) => i).sort((i, j) => (largest ? drawn[j]! - drawn[i]! : drawn[i]! - drawn[j]!));
        const expected = order.slice(0, k);
        expect(plain(topK(tensor('int32', drawn), k, { largest: Number(largest) }))).toEqual([
          expected.map((i) => drawn[i]),
          expected,
        ]);
      }),
    );
  });

  it('orders every type: 64 bits, halves, NaN above all', () => {
    const wide = topK(tensor('int64', [2n ** 60n, 2n ** 60n + 1n]), 1);
    expect(elementsOf(wide[0])).toEqual([2n ** 60n + 1n]);
    expect(plain(topK(tensor('bfloat16', [-2, 1.5, 0.5]), 2, {}, 24))[0]).toEqual([1.5, 0.5]);
    expect(plain(topK(tensor('float32', [1, Number.NaN, 2]), 3))[1]).toEqual([1, 2, 0]);
    expect(plain(topK(tensor('float32', [1, Number.NaN, 2]), 3, { largest: 0 }))[1]).toEqual([0, 2, 1]);
  });

  it('has k as an attribute in version 1', () => {
    const inputs = [tensor('float32', [3, 5, 4])];
    const run = (attributes = {}) => runOperator({ op: 'TopK', opset: 6, inputs, attributes, outputs: 2 });
    expect(plain(run({ k: 2 }))).toEqual([
      [5, 4],
      [1, 2],
    ]);
    expect(() => run()).toThrow(/US1302.*'k'/);
  });

  it('refuses more than there are', () => {
    const x = tensor('float32', [1, 2]);
    expect(() => topK(x, 3)).toThrow(/US1211.*axis of size 2 does not have 3/);
    expect(() => topK(x, -1)).toThrow(/US1211/);
    expect(() => runOperator({ op: 'TopK', inputs: [tensor('string', ['a']), tensor('int64', [1])] })).toThrow(
      /US1210/,
    );
    expect(topK(x, 0)[0].dims).toEqual([0]);
    expect(topK(zeros('float32', [2 ** 40, 0, 2]), 1)[0].dims).toEqual([2 ** 40, 0, 1]);
  });

  it('has K in its shape', () => {
    const inputs = [{ shape: [n, 7] }, { values: [3] }];
    expect(inferSymbolic({ op: 'TopK', inputs, outputs: 2 }).shapes).toEqual([
      [n, 3],
      [n, 3],
    ]);
    const [values] = inferShapes(
      'TopK',
      [
        ['float32', [n, 7]],
        ['int64', [1]],
      ],
      {},
      2,
    );
    expect([values!.length, values![0]]).toEqual([2, n]);
  });
});

describe('Unique', () => {
  const unique = (x: Tensor, attributes = {}) => runOperator({ op: 'Unique', inputs: [x], attributes, outputs: 4 });
  const plain = (tensors: readonly Tensor[]) => tensors.map((y) => elementsOf(y).map(Number));

  it('gives each element once, sorted or as they come', () => {
    const x = tensor('int32', [2, 1, 1, 3, 4, 3]);
    expect(plain(unique(x, { sorted: 0 }))).toEqual([
      [2, 1, 3, 4],
      [0, 1, 3, 4],
      [0, 1, 1, 2, 3, 2],
      [1, 2, 2, 1],
    ]);
    expect(plain(unique(x))).toEqual([
      [1, 2, 3, 4],
      [1, 0, 3, 4],
      [1, 0, 0, 2, 3, 2],
      [2, 1, 2, 1],
    ]);
  });

  it('compares slices of an axis', () => {
    const x = tensor('float32', [1, 1, 0, 1, 2, 1, 0, 1, 1, 1, 0, 1, 2, 1, 0, 1], [2, 4, 2]);
    const [y, ...others] = unique(x, { axis: 1 });
    expect([y!.dims, elementsOf(y)]).toEqual([
      [2, 3, 2],
      [0, 1, 1, 1, 2, 1, 0, 1, 1, 1, 2, 1],
    ]);
    expect(plain(others)).toEqual([
      [1, 0, 2],
      [1, 0, 2, 0],
      [2, 1, 1],
    ]);
  });

  it('puts the input together again', () => {
    const drawn = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 });
    fc.assert(
      fc.property(drawn, fc.boolean(), (values, sorted) => {
        const [y, first, inverse, counts] = plain(unique(tensor('int32', values), { sorted: Number(sorted) })) as [
          number[],
          number[],
          number[],
          number[],
        ];
        const distinct = [...new Set(values)];
        expect(y).toEqual(sorted ? distinct.sort((a, b) => a - b) : distinct);
        expect(inverse.map((i) => y[i])).toEqual(values);
        expect(first).toEqual(y.map((value) => values.indexOf(value)));
        expect(counts).toEqual(y.map((value) => values.filter((other) => other === value).length));
      }),
    );
  });

  it('tells elements of every type apart', () => {
    expect(elementsOf(unique(tensor('string', ['b', 'a', 'b']))[0])).toEqual(['a', 'b']);
    expect(elementsOf(unique(tensor('int64', [2n ** 60n + 1n, 2n ** 60n]))[0])).toEqual([2n ** 60n, 2n ** 60n + 1n]);
    expect(elementsOf(unique(tensor('float32', [Number.NaN, 1, Number.NaN]))[0])).toEqual([1, Number.NaN]);
    expect(elementsOf(unique(tensor('float32', [0, -0]))[3])).toEqual([2n]);
  });

  it('counts before the run where the values are known', () => {
    expect(knownOutputs({ op: 'Unique', inputs: [tensor('int64', [5, 3, 5])], outputs: 2 })).toEqual([
      [3, 5],
      [1, 0],
    ]);
    const { shapes } = inferOperator({ op: 'Unique', inputs: [[n, 4]], attributes: { axis: 1 }, outputs: 4 });
    const [y, first, inverse, counts] = shapes;
    expect([y![0], inverse]).toEqual([n, [4]]);
    expect(new Set([y![1], first![0], counts![0]]).size).toBe(1);
    expect(inferOperator({ op: 'Unique', inputs: [[2, 3]], outputs: 3 }).shapes[2]).toEqual([6]);
  });

  it('takes nothing, and refuses an axis that is too long', () => {
    expect(unique(tensor('float32', []))[0]!.dims).toEqual([0]);
    expect(plain(unique(zeros('float32', [3, 0]), { axis: 0 }))).toEqual([[], [0], [0, 0, 0], [3]]);
    expect(() => unique(zeros('float32', [2 ** 40, 0]), { axis: 0 })).toThrow(/US2011/);
  });
});
