import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { formatShape } from '../../../src/ir/shape.js';
import { int64, type Tensor } from '../../../src/ir/tensor.js';
import { counting } from '../../support/coordinates.js';
import { runOperator } from '../../support/run-operator.js';
import { inferSymbolic } from '../../support/symbolic-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

function reverse(x: Tensor, lengths: readonly number[], attributes: Record<string, number> = {}) {
  return elementsOf(
    runOperator({ op: 'ReverseSequence', inputs: [x, int64([lengths.length], lengths)], attributes })[0],
  );
}

describe('ReverseSequence', () => {
  it('turns the front of each sequence around, time along axis 0', () => {
    // Columns are sequences: of the first nothing, of the second two, of the third all three elements.
    expect(reverse(counting([3, 3]), [0, 2, 3])).toEqual([0, 4, 8, 3, 1, 5, 6, 7, 2]);
  });

  it('or along axis 1', () => {
    expect(reverse(counting([2, 3]), [1, 3], { batch_axis: 0, time_axis: 1 })).toEqual([0, 1, 2, 5, 4, 3]);
  });

  it('keeps what is behind both axes together', () => {
    expect(reverse(counting([2, 1, 2]), [2])).toEqual([2, 3, 0, 1]);
    expect(reverse(tensor('string', ['a', 'b'], [2, 1]), [2])).toEqual(['b', 'a']);
  });

  it('refuses lengths and axes that do not fit', () => {
    expect(() => reverse(counting([2, 2]), [1, 3])).toThrow(/US2006/);
    expect(() => reverse(counting([2, 2]), [1, -1])).toThrow(/US2006/);
    expect(() => reverse(counting([2, 2]), [1])).toThrow(/US1202/);
    expect(() => reverse(counting([2]), [1])).toThrow(/US1201/);
    expect(() => reverse(counting([2, 2]), [1, 1], { batch_axis: 0 })).toThrow(/US1208/);
    expect(() => reverse(counting([2, 2, 2]), [1, 1], { batch_axis: 2 })).toThrow(/US1304/);
  });

  it('asks for as many lengths as sequences', () => {
    const [t, n, m] = [symbol('T'), symbol('N'), symbol('M')];
    const { shapes, constraints } = inferSymbolic({
      op: 'ReverseSequence',
      inputs: [{ shape: [t, n, 4] }, { shape: [m] }],
    });
    expect(formatShape(shapes[0])).toBe('[T, N, 4]');
    expect(constraints.map(({ left, right }) => `${left} = ${right}`)).toEqual(['N = M']);
  });
});
