/** Sequences that are known: what reads them reads their tensors, and what is not known of them stays. */
import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/ir/graph.js';
import { int64 } from '../../src/ir/tensor.js';
import { removeDead } from '../../src/passes/remove-dead.js';
import { resolveSequences } from '../../src/passes/resolve-sequences.js';
import { GraphBuilder } from '../support/graph.js';
import { run } from './support.js';

type Make = (b: GraphBuilder, x: Value, number: (n: number) => Value) => Value;

function opsOf(make: Make, dims: readonly number[] = [2, 6, 3]): string[] {
  const b = new GraphBuilder(17);
  const x = b.input('x', dims);
  const resolved = run(resolveSequences, b.graph(make(b, x, (n) => b.constant(int64([], [n])))));
  return run(removeDead, resolved.graph).ops;
}

describe('resolve-sequences', () => {
  it.each<[string, Make, readonly string[]]>([
    [
      'a tensor of some',
      (b, x, n) => b.add('SequenceAt', [b.add('SequenceConstruct', [b.add('Neg', [x]), x]), n(-1)]),
      ['Identity'],
    ],
    [
      'a part of a tensor',
      (b, x, n) => b.add('SequenceAt', [b.add('SplitToSequence', [x, n(4)], { axis: 1 }), n(1)]),
      ['Split', 'Identity'],
    ],
    [
      'parts without their axis',
      (b, x, n) => {
        const parts = b.add('SplitToSequence', [x], { axis: -1, keepdims: 0 });
        return b.add('Add', [b.add('SequenceAt', [parts, n(0)]), b.add('SequenceAt', [parts, n(2)])]);
      },
      ['Split', 'Squeeze', 'Squeeze', 'Identity', 'Identity', 'Add'],
    ],
    [
      'parts of given sizes, joined',
      (b, x) => {
        const parts = b.add('SplitToSequence', [x, b.constant(int64([3], [1, 3, 2]))], { axis: 1 });
        return b.add('ConcatFromSequence', [parts], { axis: 1 });
      },
      ['Split', 'Concat'],
    ],
    [
      'tensors that are stacked',
      (b, x) => b.add('ConcatFromSequence', [b.add('SequenceConstruct', [x, x])], { axis: -1, new_axis: 1 }),
      ['Unsqueeze', 'Unsqueeze', 'Concat'],
    ],
    [
      'what was put in and taken out',
      (b, x, n) => {
        const one = b.add('SequenceInsert', [b.add('SequenceEmpty', []), x]);
        const two = b.add('SequenceInsert', [one, b.add('Neg', [x]), n(-1)]);
        const three = b.add('SequenceErase', [b.add('SequenceInsert', [two, b.add('Abs', [x])]), n(0)]);
        return b.add('ConcatFromSequence', [three], { axis: 0 });
      },
      ['Abs', 'Concat'],
    ],
  ])('%s', (_, make, ops) => {
    expect(opsOf(make)).toEqual(ops);
  });

  it('leaves positions that only a run knows, and long sequences', () => {
    const b = new GraphBuilder(17);
    const x = b.input('x', [600]);
    const all = b.add('SplitToSequence', [x]);
    const long = b.add('ConcatFromSequence', [all], { axis: 0 });
    const place = b.add('Cast', [b.add('ReduceMin', [b.add('Abs', [b.add('Sub', [x, x])])], { keepdims: 0 })], {
      to: 7,
    });
    const some = b.add('SequenceAt', [b.add('SequenceConstruct', [x, x]), place]);
    const { ops } = run(resolveSequences, b.graph(b.add('Add', [long, some])));
    expect(ops).toContain('ConcatFromSequence');
    expect(ops).toContain('SequenceAt');
  });
});
