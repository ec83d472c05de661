/** Codes that nothing else in the tests raises. */
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../src/check.js';
import { infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import { float32 } from '../../src/ir/tensor.js';
import { splitModel } from '../../src/split/decoders/split.js';
import { modelOf } from '../rules/support.js';
import { diagnosticsOf } from '../support/errors.js';
import { GraphBuilder } from '../support/graph.js';

describe('by inference', () => {
  it('US1303: an attribute of another kind', () => {
    const builder = new GraphBuilder(22);
    const y = builder.add('Concat', [builder.input('x', [1])], { axis: 0.5 });
    expect(infer(builder.graph(y)).diagnostics).toMatchObject([
      { code: 'US1303', value: 'axis', data: { attribute: 'axis', expectedKind: 'int', kind: 'float' } },
    ]);
  });

  it('US1307: an operator that came later, and one that is gone', () => {
    const builder = new GraphBuilder(13);
    const later = builder.add('HardSwish', [builder.input('x', [1])]);
    builder.add('Upsample', [builder.input('y', [1]), builder.input('scales', [1])]);
    expect(infer(builder.graph(later)).diagnostics).toMatchObject([
      { code: 'US1307', data: { operator: 'HardSwish', opset: 13, since: 14 } },
      { code: 'US1307', data: { operator: 'Upsample', opset: 13, removedIn: 10 } },
    ]);
  });

  it('US1213: a size that grows out of hand', () => {
    const builder = new GraphBuilder(22);
    const names = Array.from({ length: 12 }, (_, i) => `s${i}`);
    const sum = builder.add(
      'Concat',
      names.map((name) => builder.input(name, [symbol(name)])),
      { axis: 0 },
    );
    const square = builder.add('Shape', [sum]);
    const product = builder.add('Mul', [builder.add('Mul', [square, square]), square]);
    const found = infer(builder.graph(product)).diagnostics;
    expect(found).toMatchObject([{ code: 'US1213', data: { reason: expect.any(String) } }]);
  });
});

it('a bias of another size is named, without notes of other sizes', () => {
  const builder = new GraphBuilder(22);
  const ones = (dims: number[]) =>
    builder.constant(float32(dims, new Array<number>(dims.reduce((a, b) => a * b)).fill(1)));
  const x = builder.input('x', [1, 6, 8, 8]);
  const y = builder.add('ConvTranspose', [x, ones([6, 4, 2, 2]), ones([6])], { strides: [2, 2] });
  const [found, ...others] = checkModel(modelOf(builder.graph(y))).diagnostics.filter(
    ({ severity }) => severity === 'error',
  );
  expect(others).toEqual([]);
  expect(found).toMatchObject({ code: 'US1202', value: 'B', expected: '[4]', actual: '[6]', notes: [] });
});

it('US2113: a candidate that there is not', () => {
  const builder = new GraphBuilder(22);
  const x = builder.input('x', [1, 3, 32, 32]);
  const small = builder.add('MaxPool', [builder.add('Relu', [x])], { kernel_shape: [4, 4], strides: [4, 4] });
  const weights = builder.constant(float32([3, 3, 4, 4], new Array<number>(144).fill(1)));
  const model = modelOf(builder.graph(builder.add('ConvTranspose', [small, weights], { strides: [4, 4] })));
  expect(diagnosticsOf(() => splitModel(model, { candidate: 99 })).map(({ code }) => code)).toEqual(['US2113']);
});
