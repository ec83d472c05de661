import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, floats, tensor } from '../../support/tensors.js';

const nan = Number.NaN;
const inf = Number.POSITIVE_INFINITY;

const largest = (2 - 2 ** -23) * 2 ** 127;

describe('Clip', () => {
  const x = tensor('float32', [-inf, -2, 0.5, 3, inf, nan]);

  it('has its bounds in attributes up to operator set 10', () => {
    const clip = (attributes: Record<string, number>) =>
      elementsOf(runOperator({ op: 'Clip', opset: 6, inputs: [x], attributes: floats(attributes) })[0]);
    expect(clip({ min: -1, max: 1 })).toEqual([-1, -1, 0.5, 1, 1, nan]);
    // Bounds that are not given are the largest and smallest numbers of float32, not infinities.
    expect(clip({ min: 0 })).toEqual([0, 0, 0.5, 3, largest, nan]);
    expect(clip({})).toEqual([-largest, -2, 0.5, 3, largest, nan]);
  });

  it('has them as inputs afterwards, each of which may be absent', () => {
    const clip = (min: number | undefined, max?: number) =>
      elementsOf(
        runOperator({
          op: 'Clip',
          inputs: [x, ...[min, max].map((bound) => (bound === undefined ? undefined : tensor('float32', [bound], [])))],
        })[0],
      );
    expect(clip(-1, 1)).toEqual([-1, -1, 0.5, 1, 1, nan]);
    expect(clip(undefined, 1)).toEqual([-inf, -2, 0.5, 1, 1, nan]);
    expect(clip(0)).toEqual([0, 0, 0.5, 3, inf, nan]);
    expect(clip(2, 1)).toEqual([1, 1, 1, 1, 1, nan]);
  });

  it('keeps integers exact', () => {
    const big = 2n ** 60n;
    const inputs = [tensor('int64', [big + 3n, 0n]), tensor('int64', [big + 1n], []), tensor('int64', [big + 2n], [])];
    expect(elementsOf(runOperator({ op: 'Clip', inputs })[0])).toEqual([big + 2n, big + 1n]);
    const bytes = [tensor('uint8', [0, 200]), undefined, tensor('uint8', [100], [])];
    expect(elementsOf(runOperator({ op: 'Clip', inputs: bytes })[0])).toEqual([0, 100]);
  });

  it('keeps the shape and wants one element type', () => {
    const n = symbol('N');
    expect(inferOperator({ op: 'Clip', inputs: [[n, 3], [], []] }).shapes).toEqual([[n, 3]]);
    const mixed = [x, tensor('int32', [0], [])];
    expect(() => runOperator({ op: 'Clip', inputs: mixed })).toThrow(/US1210/);
  });
});
