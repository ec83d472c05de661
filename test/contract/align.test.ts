import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignNodes } from '../../src/contract/align.js';
import type { Graph } from '../../src/ir/graph.js';
import { NamedGraph } from './support.js';

/** `old→new` for every pair, `-old`, `+new`. */
function alignment(a: Graph, b: Graph): string[] {
  const { pairs, removed, added } = alignNodes(a, b);
  return [
    ...pairs.map(([x, y]) => `${x.name}→${y.name}`),
    ...removed.map(({ name }) => `-${name}`),
    ...added.map(({ name }) => `+${name}`),
  ];
}

/** conv, relu, conv, relu …: `names` for the nodes, weights called after `weights`. */
function chain(names: readonly string[], weights: readonly string[], ops?: readonly string[]): Graph {
  const builder = new NamedGraph();
  let value = builder.input('x', [1, 4, 8, 8]);
  let convs = 0;
  names.forEach((name, i) => {
    const op = ops?.[i] ?? (i % 2 === 0 ? 'Conv' : 'Relu');
    value =
      op === 'Conv'
        ? builder.conv(`${name}_out`, value, [4, 4], { name, weight: `${weights[convs++]}.weight` })
        : builder.add(op, `${name}_out`, [value], { name });
  });
  return builder.graph(value);
}

describe('nodes of two graphs', () => {
  it('are matched when all is the same', () => {
    const names = ['c1', 'r1', 'c2', 'r2'];
    expect(alignment(chain(names, ['a', 'b']), chain(names, ['a', 'b']))).toEqual(
      names.map((name) => `${name}→${name}`),
    );
  });

  it('are matched by their weights whatever the nodes are called', () => {
    const old = chain(['/down/Conv', '/down/Relu', '/up/Conv', '/up/Relu'], ['down', 'up']);
    const renamed = chain(['node_conv', 'node_relu', 'node_conv_1', 'node_relu_1'], ['down', 'up']);
    expect(alignment(old, renamed)).toEqual([
      '/down/Conv→node_conv',
      '/down/Relu→node_relu',
      '/up/Conv→node_conv_1',
      '/up/Relu→node_relu_1',
    ]);
  });

  it('are not led astray by numbers that shift when a layer is put in', () => {
    const old = chain(['conv', 'relu', 'conv_1', 'relu_1'], ['a', 'c']);
    const more = chain(['conv', 'relu', 'conv_1', 'relu_1', 'conv_2', 'relu_2'], ['a', 'b', 'c']);
    expect(alignment(old, more)).toEqual([
      'conv→conv',
      'relu→relu',
      'conv_1→conv_2',
      'relu_1→relu_2',
      '+conv_1',
      '+relu_1',
    ]);
  });

  it('are matched by order where neither names nor weights have anything in common', () => {
    const old = chain(['p', 'q', 'r', 's'], ['w1', 'w2']);
    const other = chain(['t', 'u', 'v', 'w'], ['v1', 'v2']);
    expect(alignment(old, other)).toEqual(['p→t', 'q→u', 'r→v', 's→w']);
  });

  it('are matched across an operator that took the place of another', () => {
    const old = chain(['c1', 'act', 'c2'], ['a', 'b'], ['Conv', 'Relu', 'Conv']);
    const swapped = chain(['c1', 'act2', 'c2'], ['a', 'b'], ['Conv', 'Sigmoid', 'Conv']);
    expect(alignment(old, swapped)).toEqual(['c1→c1', 'act→act2', 'c2→c2']);
  });

  it('keep numbered weight names apart that only look alike', () => {
    const build = (first: number, second: number) => {
      const builder = new NamedGraph();
      const x = builder.input('x', [1, 4, 8, 8]);
      const a = builder.add('Conv', 'a', [x, builder.weight(`onnx::Conv_${first}`, [4, 4, 3, 3])]);
      const b = builder.add('Conv', 'b', [a, builder.weight(`onnx::Conv_${second}`, [8, 4, 1, 1])]);
      return builder.graph(b);
    };
    // In the second export 12 is the number of the first layer's weight.
    expect(alignment(build(10, 12), build(12, 14))).toEqual(['a→a', 'b→b']);
  });

  it('are paired at most once, whatever the graphs', () => {
    const ops = fc.array(fc.constantFrom('Conv', 'Relu', 'Sigmoid'), { minLength: 1, maxLength: 12 });
    const build = (list: readonly string[], seed: string) =>
      chain(
        list.map((op, i) => `${op}_${i % 3}`),
        list.map((_, i) => `${seed}${i % 4}`),
        list,
      );
    fc.assert(
      fc.property(ops, ops, fc.boolean(), (left, right, isShared) => {
        const a = build(left, 'w');
        const b = build(right, isShared ? 'w' : 'v');
        const { pairs, removed, added } = alignNodes(a, b);
        expect(new Set(pairs.map(([x]) => x)).size + removed.length).toBe(a.nodes.length);
        expect(new Set(pairs.map(([, y]) => y)).size + added.length).toBe(b.nodes.length);
      }),
    );
  });

  it('of a graph and itself are all pairs of one', () => {
    const ops = fc.array(fc.constantFrom('Conv', 'Relu', 'Sigmoid'), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(ops, (list) => {
        const graph = chain(
          list.map(() => ''),
          list.map((_, i) => `w${i}`),
          list,
        );
        expect(alignNodes(graph, graph).pairs).toEqual(graph.nodes.map((node) => [node, node]));
      }),
    );
  });
});
