import { describe, expect, it } from 'vitest';
import { symbol } from '../../../src/ir/dim.js';
import { inferOperator, runOperator } from '../../support/run-operator.js';
import { elementsOf, tensor } from '../../support/tensors.js';

describe('Where', () => {
  it('broadcasts its three inputs', () => {
    const [out] = runOperator({
      op: 'Where',
      inputs: [tensor('bool', [1, 0], [2, 1]), tensor('int64', [1n, 2n, 2n ** 60n + 1n]), tensor('int64', [-1n], [])],
    });
    expect(out!.dims).toEqual([2, 3]);
    expect(elementsOf(out)).toEqual([1n, 2n, 2n ** 60n + 1n, -1n, -1n, -1n]);
  });

  it('chooses among strings, small floats and nothing', () => {
    const condition = tensor('bool', [1, 0]);
    const choose = (type: 'string' | 'float16' | 'bool', x: (string | number)[], y: (string | number)[]) =>
      elementsOf(runOperator({ op: 'Where', inputs: [condition, tensor(type, x), tensor(type, y)] })[0]);
    expect(choose('string', ['a', 'b'], ['c', 'd'])).toEqual(['a', 'd']);
    expect(choose('float16', [1, 2], [3, 4])).toEqual([1, 4]);
    expect(choose('bool', [1, 1], [0, 0])).toEqual([1, 0]);
    const nothing = tensor('float32', [], [0]);
    const [empty] = runOperator({ op: 'Where', inputs: [tensor('bool', [1]), nothing, tensor('float32', [1])] });
    expect(empty!.dims).toEqual([0]);
  });

  it('wants a bool and one element type', () => {
    const x = tensor('float32', [1]);
    expect(() => runOperator({ op: 'Where', inputs: [x, x, x] })).toThrow(/US1210/);
    expect(() => runOperator({ op: 'Where', inputs: [tensor('bool', [1]), x, tensor('int32', [1])] })).toThrow(
      /US1210/,
    );
  });

  it('is inferred for symbols', () => {
    const n = symbol('N');
    const condition = tensor('bool', [1, 0, 1]);
    expect(inferOperator({ op: 'Where', inputs: [condition, [n, 1], []] }).shapes).toEqual([[n, 3]]);
  });
});
