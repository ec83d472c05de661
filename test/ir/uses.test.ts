import { describe, expect, it } from 'vitest';
import { int64 } from '../../src/ir/tensor.js';
import { inputsOf, UseIndex, Uses } from '../../src/ir/uses.js';
import { GraphBuilder } from '../support/graph.js';

describe('uses', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', [2]);
  const shape = builder.constant(int64([1], [2]));
  const y = builder.add('Relu', [x]);
  const z = builder.add('Add', [y, y]);
  const w = builder.add('Reshape', [y, shape]);
  const graph = builder.graph(z, w);
  const [relu, add, reshape] = graph.nodes;
  const uses = new Uses(graph);

  it('name the node that makes a value, and none for inputs and constants', () => {
    expect([x, shape, y, z, w, undefined].map((value) => uses.producer(value))).toEqual([
      undefined,
      undefined,
      relu,
      add,
      reshape,
      undefined,
    ]);
    expect([...uses.producers.keys()]).toEqual([y, z, w]);
  });

  it('name each reader once, in order', () => {
    expect(uses.readers(y)).toEqual([add, reshape]);
    expect(uses.readers(shape)).toEqual([reshape]);
    expect(uses.readers(w)).toEqual([]);
  });

  it('name the inputs that a value is, one by one', () => {
    expect([...uses.inputsThatAre(y)]).toEqual([
      { node: add, position: 0 },
      { node: add, position: 1 },
      { node: reshape, position: 0 },
    ]);
  });

  it('know what is returned, and where nodes are', () => {
    expect([x, y, z, w].map((value) => uses.isReturned(value))).toEqual([false, false, true, true]);
    expect(graph.nodes.map((node) => uses.position(node))).toEqual([0, 1, 2]);
  });

  it('count what a subgraph takes from around it as read by its node', () => {
    const outer = new GraphBuilder();
    const condition = outer.input('condition', [], 'bool');
    const taken = outer.add('Relu', [outer.input('x', [2])]);
    const inside = new GraphBuilder();
    const branch = inside.graph(inside.add('Neg', [taken]));
    const chosen = outer.add('If', [condition], {
      then_branch: { kind: 'graph', value: branch },
      else_branch: { kind: 'graph', value: branch },
    });
    const whole = outer.graph(chosen);
    expect(new Uses(whole).readers(taken)).toEqual([whole.nodes[1]]);
  });
});

it('an index follows nodes that come and go', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', [2]);
  const y = builder.add('Relu', [x]);
  const z = builder.add('Add', [x, y]);
  const [relu, add] = builder.graph(z).nodes;
  const index = new UseIndex();
  for (const node of [relu!, add!]) index.add(node, inputsOf(node));
  expect([...index.readers(x)]).toEqual([relu, add]);

  // The new one is there before the old one goes.
  const tanh = { ...relu!, opType: 'Tanh' };
  index.add(tanh, inputsOf(tanh));
  index.remove(relu!, inputsOf(relu!));
  expect(index.producer(y)).toBe(tanh);
  expect([...index.readers(x)]).toEqual([add, tanh]);

  index.remove(tanh, inputsOf(tanh));
  expect([index.producer(y), [...index.readers(x)]]).toEqual([undefined, [add]]);
});
