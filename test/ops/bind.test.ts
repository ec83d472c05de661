/** A node is bound once, whoever asks, and also one that does not fit its operator. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkModel } from '../../src/check.js';
import { compileFor } from '../../src/compile.js';
import { readNpy } from '../../src/files/npy.js';
import { infer } from '../../src/infer/infer.js';
import { type Graph, type Node, subgraphsOf } from '../../src/ir/graph.js';
import { bind, bindLeniently } from '../../src/ops/bind.js';
import { operators } from '../../src/ops/index.js';
import { registerOperators } from '../../src/ops/registry.js';
import { inspectModel } from '../../src/report/inspect.js';
import { bindFeeds } from '../../src/runtime/feeds.js';
import { openModel } from '../../src/runtime/open.js';
import { fixtures, readFixture } from '../support/fixtures.js';
import { GraphBuilder } from '../support/graph.js';

const counts = new Map<Node, number>();
beforeEach(() => {
  counts.clear();
  for (const operator of operators) {
    const original = operator.bind;
    vi.spyOn(operator, 'bind').mockImplementation((node) => {
      counts.set(node, (counts.get(node) ?? 0) + 1);
      return original(node);
    });
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

function nodesOf({ nodes }: Graph): Node[] {
  return nodes.flatMap((node) => [node, ...subgraphsOf(node).flatMap(({ graph }) => nodesOf(graph))]);
}

describe('a node is bound once', () => {
  it.each(fixtures)('from a check to a run: %s', async (name) => {
    const { cases, folder } = readFixture(name);
    const { model } = await openModel(path.join(folder, 'model.onnx'));
    const inputs = Object.entries(cases[0]!.inputs);
    const feeds = new Map(inputs.map(([input, file]) => [input, readNpy(readFileSync(path.join(folder, file)))]));
    const { bindings } = bindFeeds(model.graph, feeds);
    const { inference } = checkModel(model, { bindings });
    inspectModel({ model, inference });
    const target = { tier: 'baseline', precision: 'fast', threads: 2 } as const;
    const compiled = [1, 2].map(() => compileFor(model, target, { bindings }));
    expect([...counts.values()].filter((count) => count !== 1)).toEqual([]);
    const bound = nodesOf(model.graph);
    for (const { graph } of compiled) bound.push(...nodesOf(graph));
    expect(bound.filter((node) => counts.get(node) !== 1).map(({ opType }) => opType)).toEqual([]);
  });

  it('also where it does not fit its operator', () => {
    const b = new GraphBuilder(13);
    const graph = b.graph(b.add('Relu', [b.input('x', [1]), b.input('y', [1])]));
    const [node] = graph.nodes;
    const [first, second] = [infer(graph), infer(graph)];
    expect(first.diagnostics.map(({ code }) => code)).toEqual(['US1306']);
    expect(second.diagnostics).toEqual(first.diagnostics);
    expect(bindLeniently(node!)).toBeUndefined();
    expect(() => bind(node!)).toThrow('takes another number of inputs than it is given');
    expect(counts.get(node!)).toBe(1);
  });

  it('and an operator that comes later is found then', () => {
    const b = new GraphBuilder(13);
    const [node] = b.graph(b.add('ComesLater', [b.input('x', [1])])).nodes;
    expect(bind(node!)).toBeUndefined();
    const relu = operators.find(({ name }) => name === 'Relu')!;
    registerOperators([{ ...relu, name: 'ComesLater' }]);
    expect(bind(node!)?.inputs).toEqual({ X: node!.inputs[0] });
    bind(node!);
    expect(counts.get(node!)).toBe(1);
  });
});
