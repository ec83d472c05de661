import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { float32 } from '../../../src/ir/tensor.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, floats } from '../../support/tensors.js';

describe('Affine', () => {
  it('is a straight line, by default the identity', () => {
    const run = (attributes: Readonly<Record<string, number>>) =>
      elementsOf(
        runOperator({ op: 'Affine', opset: 7, inputs: [float32([3], [-1, 0, 2])], attributes: floats(attributes) })[0],
      );
    expect(run({ alpha: 3, beta: 0.5 })).toEqual([-2.5, 0.5, 6.5]);
    expect(run({})).toEqual([-1, 0, 2]);
  });
});

describe('ScaledTanh', () => {
  const run = (attributes: Readonly<Record<string, number>>) =>
    runOperator({ op: 'ScaledTanh', opset: 9, inputs: [float32([3], [0, 1, -1000])], attributes: floats(attributes) });

  it('is alpha·tanh(beta·x)', () => {
    const [zero, one, limit] = elementsOf(run({ alpha: 3, beta: 0.5 })[0]);
    expect([zero, limit]).toEqual([0, -3]);
    expect(one).toBeCloseTo(1.3863514719, 6);
  });

  it('has no defaults', () => {
    expect(() => run({ alpha: 3 })).toThrow("'beta'");
  });

  it('is not in operator sets from 10 on', () => {
    const { diagnostics } = inferOperator({
      op: 'ScaledTanh',
      opset: 10,
      inputs: [[1]],
      attributes: floats({ alpha: 1, beta: 1 }),
    });
    expect(diagnostics).toMatchObject([{ code: 'US1307' }]);
  });
});

describe('ImageScaler', () => {
  const bias = { kind: 'floats', value: [10, -10] } as const;

  it('scales everything and shifts each channel', () => {
    const x = float32([2, 2, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
    const scaled = runOperator({
      op: 'ImageScaler',
      opset: 7,
      inputs: [x],
      attributes: { ...floats({ scale: 2 }), bias },
    });
    expect(elementsOf(scaled[0])).toEqual([12, 14, -4, -2, 20, 22, 4, 6]);
    const plain = runOperator({ op: 'ImageScaler', opset: 7, inputs: [x], attributes: floats({ scale: 0.5 }) });
    expect(elementsOf(plain[0])).toEqual([0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]);
  });

  it('has a bias for each channel', () => {
    const h = symbol('H');
    const { shapes } = inferOperator({ op: 'ImageScaler', opset: 7, inputs: [[1, 2, h, h]], attributes: { bias } });
    expect(shapes[0]).toEqual([1, 2, h, h]);
    const { diagnostics } = inferOperator({
      op: 'ImageScaler',
      opset: 7,
      inputs: [[1, 3, h, h]],
      attributes: { bias },
    });
    expect(diagnostics).toMatchObject([{ code: 'US1205', message: 'bias has 2 values for 3 channels' }]);
  });
});
