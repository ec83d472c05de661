import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { float32, type Tensor } from '../../../src/ir/tensor.js';
import { knownOutputs } from '../../support/known.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, floats, tensor } from '../../support/tensors.js';

const data = float32([2, 2], [1, -2, 3, 4]);
const yes = tensor('bool', [1], []);
const no = tensor('bool', [0], []);
const share = (ratio: number) => tensor('float32', [ratio], []);

function dropout(opset: number, inputs: (Tensor | undefined)[], attributes = {}, outputs = 2) {
  return runOperator({ op: 'Dropout', opset, inputs, attributes, outputs });
}

describe('Dropout', () => {
  it('changes nothing in inference, and its mask is all ones', () => {
    for (const [opset, inputs] of [
      [6, [data]],
      [7, [data]],
      [10, [data]],
      [12, [data, share(0.9)]],
      [13, [data, share(0.9), no]],
      [22, [data, undefined, no]],
    ] as const) {
      const [y, mask] = dropout(opset, [...inputs]);
      expect(elementsOf(y)).toEqual([1, -2, 3, 4]);
      expect([mask!.type, elementsOf(mask)]).toEqual([opset < 10 ? 'float32' : 'bool', [1, 1, 1, 1]]);
    }
    expect(dropout(22, [data], {}, 1)).toHaveLength(1);
  });

  it('has its ratio where the version says', () => {
    expect(elementsOf(dropout(6, [data], { is_test: 1, ...floats({ ratio: 0.5 }) })[0])).toEqual([1, -2, 3, 4]);
    const { diagnostics } = inferOperator({
      op: 'Dropout',
      opset: 12,
      inputs: [[2]],
      attributes: floats({ ratio: 0.5 }),
    });
    expect(diagnostics.map(({ code }) => code)).toEqual(['US1301']);
  });

  it('drops and scales while training', () => {
    const many = float32([10_000], new Float32Array(10_000).fill(3));
    const [y, mask] = dropout(13, [many, share(0.25), yes], { seed: 7 });
    const kept = elementsOf(mask);
    expect(elementsOf(y)).toEqual(kept.map((stays) => (stays === 1 ? 4 : 0)));
    const count = kept.filter((stays) => stays === 1).length;
    // Six standard deviations around 7500.
    expect(Math.abs(count - 7500)).toBeLessThan(6 * Math.sqrt(10_000 * 0.25 * 0.75));
    expect(elementsOf(dropout(13, [many, share(0.25), yes], { seed: 7 })[1])).toEqual(kept);
    expect(elementsOf(dropout(13, [many, share(0.25), yes], { seed: 8 })[1])).not.toEqual(kept);
  });

  it('drops half unless told, nothing for a ratio of 0, and cannot drop all', () => {
    const [halved] = dropout(12, [data, undefined, yes]);
    for (const [i, element] of elementsOf(halved).entries()) expect([0, 2 * data.data[i]!]).toContain(element);
    expect(elementsOf(dropout(12, [data, share(0), yes])[0])).toEqual([1, -2, 3, 4]);
    expect(() => dropout(12, [data, share(1), yes])).toThrow(/US1211.*ratio/);
  });

  it('is followed in inference only', () => {
    const value = tensor('float32', [2, 3]);
    expect(knownOutputs({ op: 'Dropout', opset: 13, inputs: [value], outputs: 2 })).toEqual([
      [2, 3],
      [1, 1],
    ]);
    expect(knownOutputs({ op: 'Dropout', opset: 13, inputs: [value, share(0.5), yes], outputs: 2 })).toEqual([
      undefined,
      undefined,
    ]);
    const n = symbol('N');
    expect(inferOperator({ op: 'Dropout', inputs: [[n, 3]], outputs: 2 }).shapes).toEqual([
      [n, 3],
      [n, 3],
    ]);
  });
});
