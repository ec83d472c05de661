import { describe, expect, it } from 'vitest';
import { float32, int64, type Tensor } from '../../../src/ir/tensor.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';

const geometry = { kernel_shape: [2, 2], strides: [2, 2] };

function unpool(values: Tensor, indices: Tensor, outputShape?: number[]) {
  const inputs =
    outputShape === undefined ? [values, indices] : [values, indices, int64([outputShape.length], outputShape)];
  const [y] = runOperator({ op: 'MaxUnpool', inputs, attributes: geometry });
  return { dims: y!.dims, data: Array.from(y!.data as Float32Array) };
}

describe('MaxUnpool', () => {
  it('counts over the whole tensor, channels and batch included', () => {
    const result = unpool(float32([1, 2, 1, 1], [5, 7]), int64([1, 2, 1, 1], [3, 4]));
    expect(result).toEqual({ dims: [1, 2, 2, 2], data: [0, 0, 0, 5, 7, 0, 0, 0] });
  });

  it('undoes a MaxPool of an odd size when output_shape says so', () => {
    const x = float32(
      [2, 1, 5, 5],
      Array.from({ length: 50 }, (_, i) => (i * 7) % 50),
    );
    const [pooled, indices] = runOperator({ op: 'MaxPool', inputs: [x], attributes: geometry, outputs: 2 }) as [
      Tensor,
      Tensor,
    ];
    const restored = unpool(pooled, indices, [2, 1, 5, 5]);
    expect(restored.dims).toEqual([2, 1, 5, 5]);
    restored.data.forEach((value, i) => {
      if (value !== 0) expect(value).toBe(x.data[i]);
    });
    const kept = restored.data.filter((value) => value !== 0).sort((a, b) => a - b);
    expect(kept).toEqual(
      Array.from(pooled.data as Float32Array)
        .filter((value) => value !== 0)
        .sort((a, b) => a - b),
    );
  });

  it('reads indices in the natural tensor when only that fits the windows', () => {
    const { dims, data } = unpool(
      float32([1, 1, 2, 2], [5, 6, 7, 8]),
      int64([1, 1, 2, 2], [5, 7, 13, 15]),
      [1, 1, 5, 5],
    );
    expect(dims).toEqual([1, 1, 5, 5]);
    expect([data[6], data[8], data[16], data[18]]).toEqual([5, 6, 7, 8]);
  });

  it('names the place of an index out of range', () => {
    const run = () => unpool(float32([1, 1, 1, 2], [1, 2]), int64([1, 1, 1, 2], [0, 8]));
    expect(run).toThrow(
      /US2006: I\[0, 0, 0, 1\] = 8 points outside the output \[1, 1, 2, 4\] \(expected 0 to 7, got 8\)/,
    );
  });

  it('has a shape while output_shape is not known', () => {
    const { shapes } = inferOperator({
      op: 'MaxUnpool',
      inputs: [[1, 2, 3, 4], [1, 2, 3, 4], [4]],
      attributes: geometry,
    });
    expect(shapes[0]).toHaveLength(4);
  });
});
