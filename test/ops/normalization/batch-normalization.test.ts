import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { float32, type Tensor } from '../../../src/ir/tensor.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';

const epsilon = { kind: 'float' as const, value: 0 };

function values(tensor: Tensor | undefined): number[] {
  return Array.from(tensor!.data as Float32Array);
}

/** Two channels of two values each, in two samples. */
const x = float32([2, 2, 2], [1, 3, 10, 20, 5, 7, 30, 40]);
const scale = float32([2], [2, 1]);
const shift = float32([2], [100, 0]);
const mean = float32([2], [1, 10]);
const variance = float32([2], [4, 25]);
const inputs = [x, scale, shift, mean, variance];

describe('BatchNormalization', () => {
  it.each([6, 7, 9, 14, 15])('uses the learnt statistics in operator set %i', (opset) => {
    const attributes = opset === 6 ? { epsilon, is_test: 1 } : { epsilon };
    const [y] = runOperator({ op: 'BatchNormalization', opset, inputs, attributes });
    expect(values(y)).toEqual([100, 102, 0, 2, 104, 106, 4, 6]);
  });

  it('uses those of the batch in training mode, and moves the running ones', () => {
    const training = { epsilon, momentum: 0.5, training_mode: 1 };
    const [y, runningMean, runningVariance] = runOperator({
      op: 'BatchNormalization',
      opset: 15,
      inputs,
      attributes: training,
      outputs: 3,
    });
    // Channel 0 has mean 4 and variance 5, channel 1 mean 25 and variance 125.
    expect(values(runningMean)).toEqual([2.5, 17.5]);
    expect(values(runningVariance)).toEqual([4.5, 75]);
    values(y)
      .slice(0, 2)
      .forEach((value, i) => {
        expect(value).toBeCloseTo(100 + (2 * ([1, 3][i]! - 4)) / Math.sqrt(5), 4);
      });
  });

  it('trained before operator set 14 where it had five outputs, and saved what it used', () => {
    const attributes = { epsilon, momentum: 0.5 };
    const outputs = runOperator({ op: 'BatchNormalization', opset: 9, inputs, attributes, outputs: 5 });
    expect(outputs.slice(1).map(values)).toEqual([
      [2.5, 17.5],
      [4.5, 75],
      [4, 25],
      [5, 125],
    ]);
  });

  it('had statistics for every feature without spatial', () => {
    const each = (...data: number[]) => float32([2, 2], data);
    const [y] = runOperator({
      op: 'BatchNormalization',
      opset: 7,
      inputs: [x, each(1, 1, 1, 1), each(0, 0, 0, 1), each(1, 3, 10, 20), each(1, 1, 1, 1)],
      attributes: { epsilon, spatial: 0 },
    });
    expect(values(y)).toEqual([0, 0, 0, 1, 4, 4, 20, 21]);
  });

  it('takes a vector as samples of one channel', () => {
    const one = (value: number) => float32([1], [value]);
    const [y] = runOperator({
      op: 'BatchNormalization',
      opset: 9,
      inputs: [float32([3], [1, 2, 3]), one(2), one(0), one(1), one(1)],
      attributes: { epsilon },
    });
    expect(values(y)).toEqual([0, 2, 4]);
  });

  it('reports channels that the parameters were not made for', () => {
    const n = symbol('N');
    const shapes = [[n, 3, 8, 8], [4], [4], [4], [4]];
    expect(inferOperator({ op: 'BatchNormalization', inputs: shapes }).diagnostics).toMatchObject([
      { code: 'US1205', value: 'scale', expected: '3', actual: '4' },
    ]);
  });

  it('has extra outputs in training mode only', () => {
    const shapes = [[1, 4], [4], [4], [4], [4]];
    expect(inferOperator({ op: 'BatchNormalization', inputs: shapes, outputs: 3 }).diagnostics).toMatchObject([
      { code: 'US1306' },
    ]);
  });
});
