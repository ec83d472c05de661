import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { float32, int64 } from '../../../src/ir/tensor.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf } from '../../support/tensors.js';

// Two samples of two pixels each, three classes: the specification's example.
const scores = float32([2, 3, 2], [1, 2, 2, 2, 3, 2, 0, 1, 2, 2, 1, 2]);
const labels = int64([2, 2], [2, 1, 0, 2]);
const weights = float32([3], [0.5, 0.25, 2]);

describe('NegativeLogLikelihoodLoss', () => {
  const op = 'NegativeLogLikelihoodLoss';

  it('picks the score of the label', () => {
    const [none] = runOperator({ op, inputs: [scores, labels], attributes: { reduction: 'none' } });
    expect(none!.dims).toEqual([2, 2]);
    expect(elementsOf(none)).toEqual([-3, -2, 0, -2]);
  });

  it('sums, or averages by weight', () => {
    expect(elementsOf(runOperator({ op, inputs: [scores, labels], attributes: { reduction: 'sum' } })[0])).toEqual([
      -7,
    ]);
    expect(elementsOf(runOperator({ op, inputs: [scores, labels] })[0])).toEqual([-1.75]);
    const [mean] = runOperator({ op, inputs: [scores, labels, weights] });
    expect(mean!.dims).toEqual([]);
    expect(elementsOf(mean)[0]).toBeCloseTo(-(3 * 2 + 2 * 0.25 + 0 * 0.5 + 2 * 2) / (2 + 0.25 + 0.5 + 2), 6);
  });

  it('leaves out the ignored label', () => {
    const some = int64([2, 2], [2, -1, -1, 2]);
    expect(elementsOf(runOperator({ op, inputs: [scores, some], attributes: { ignore_index: -1 } })[0])).toEqual([
      -2.5,
    ]);
    expect(() => runOperator({ op, inputs: [scores, some] })).toThrow(/US2006/);
  });

  it('is inferred for symbols', () => {
    const [n, h] = [symbol('N'), symbol('H')];
    const attributes = { reduction: 'none' };
    const { shapes } = inferOperator({ op, inputs: [[n, 5, h], labels.reshape([4])], attributes });
    expect(shapes).toEqual([undefined]);
    expect(inferOperator({ op, inputs: [[2, 3, h], labels], attributes }).shapes).toEqual([[2, 2]]);
  });
});

describe('SoftmaxCrossEntropyLoss', () => {
  it('is the loss of the logarithm of the softmax, which it gives too', () => {
    const op = 'SoftmaxCrossEntropyLoss';
    const x = float32([1, 2], [0, Math.log(3)]);
    const [loss, logProbabilities] = runOperator({ op, inputs: [x, int64([1], [1])], outputs: 2 });
    expect(elementsOf(loss)[0]).toBeCloseTo(-Math.log(0.75), 6);
    expect(logProbabilities!.dims).toEqual([1, 2]);
    expect(elementsOf(logProbabilities)[0]).toBeCloseTo(Math.log(0.25), 6);
  });
});
