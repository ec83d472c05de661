/** max_unpool2d as PyTorch's dynamo exporter writes it. */
import { describe, expect, it } from 'vitest';
import type { Graph, Value } from '../../src/ir/graph.js';
import { elementCount, float32, int64 } from '../../src/ir/tensor.js';
import { fuseMaxUnpool } from '../../src/passes/fuse-max-unpool.js';
import { removeDead } from '../../src/passes/remove-dead.js';
import { GraphBuilder } from '../support/graph.js';
import { run } from './support.js';

interface Form {
  /** What is pooled: [N, C, H, W]. */
  readonly dims?: readonly number[];
  /** Spatial sizes of the result; by default those that were pooled. */
  readonly onto?: readonly number[];
  readonly kernel?: readonly number[];
  readonly strides?: readonly number[];
  readonly fill?: number;
  /** Ends of the part that is taken for where planes begin. */
  readonly ends?: readonly number[];
  /** Added to where planes of the result begin. */
  readonly shift?: number;
  readonly isMadeInRun?: boolean;
  readonly swaps?: boolean;
  readonly reduction?: string;
}

function unpooling(form: Form): Graph {
  const { dims = [2, 3, 4, 6], kernel = [2, 2], strides = kernel, fill = 0, ends = [1, 1], shift = 0 } = form;
  const { onto = dims.slice(2), isMadeInRun = false, swaps = false, reduction = 'none' } = form;
  const b = new GraphBuilder(18);
  const integers = (...values: readonly number[]) => b.constant(int64([values.length], values));
  const x = b.input('x', dims);
  const [pooled, indices] = b.addMany('MaxPool', [x], 2, { kernel_shape: kernel, strides });
  const [, first] = b.addMany('MaxPool', [x], 2, { kernel_shape: [1, 1] });
  const begins = b.add('Slice', [first!, integers(0, 0), integers(...ends), integers(2, 3)]);
  const inPlane = b.add('Sub', [indices!, begins]);
  const planes = dims[0]! * dims[1]!;
  const size = elementCount(onto);
  const starts = b.constant(
    int64(
      [dims[0]!, dims[1]!, 1, 1],
      Array.from({ length: planes }, (_, plane) => plane * size + shift),
    ),
  );
  const places = b.add('Add', swaps ? [starts, inPlane] : [inPlane, starts]);
  const column = b.add('Unsqueeze', [b.add('Reshape', [places, integers(-1)]), integers(-1)]);
  const zeros: Value = isMadeInRun
    ? b.add('Reshape', [b.add('ConstantOfShape', [integers(dims[0]!, dims[1]!, ...onto)]), integers(-1)])
    : b.constant(float32([planes * size], new Float32Array(planes * size).fill(fill)));
  const values = b.add('Reshape', [b.add('Relu', [pooled!]), integers(-1)]);
  const scattered = b.add('ScatterND', [zeros, column, values], { reduction });
  return b.graph(b.add('Reshape', [scattered, integers(dims[0]!, dims[1]!, ...onto)]));
}

function opsOf(form: Form): { readonly ops: string[]; readonly notes: readonly string[] } {
  const { graph, notes } = run(fuseMaxUnpool, unpooling(form));
  return { ops: run(removeDead, graph).ops, notes };
}

describe('fuse-max-unpool', () => {
  it.each<[string, Form]>([
    ['zeros that are constant', {}],
    ['zeros that are made', { isMadeInRun: true }],
    ['the sum the other way around', { swaps: true }],
    ['one plane', { dims: [1, 1, 4, 4] }],
    ['other windows', { dims: [1, 2, 6, 8], kernel: [3, 4] }],
    ['windows that leave a rest', { dims: [1, 2, 5, 7] }],
  ])('by %s', (_, form) => {
    const { ops, notes } = opsOf(form);
    expect(ops).toEqual(['MaxPool', 'Relu', 'MaxUnpool']);
    expect(notes).toEqual([expect.stringContaining('it is a MaxUnpool')]);
  });

  it.each<[string, Form]>([
    ['other numbers than zeros', { fill: 1 }],
    ['planes that begin elsewhere', { shift: 1, dims: [1, 1, 4, 4], onto: [4, 5] }],
    ['sums', { reduction: 'add' }],
  ])('stays with %s', (_, form) => {
    expect(opsOf(form).ops).toContain('ScatterND');
  });

  it('stays where the result is larger than what was pooled', () => {
    const { ops, notes } = opsOf({ onto: [5, 6] });
    expect(ops).toContain('ScatterND');
    expect(notes).toEqual([expect.stringContaining('another size than what was pooled')]);
  });

  it('stays where windows share elements', () => {
    const { ops, notes } = opsOf({ kernel: [2, 2], strides: [1, 1] });
    expect(ops).toContain('ScatterND');
    expect(notes).toEqual([expect.stringContaining('share elements')]);
  });
});
