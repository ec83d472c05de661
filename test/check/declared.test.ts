/** Declarations of outputs that hold for some of the legal sizes only. */
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../src/check.js';
import type { Bindings } from '../../src/ir/dim.js';
import { symbol } from '../../src/ir/dim.js';
import { type Graph, Value } from '../../src/ir/graph.js';
import { NamedGraph } from '../contract/support.js';

const H = symbol('H');

/** Relu of [1, H], with an output declared as [1, 320]. */
function stale() {
  const builder = new NamedGraph();
  const model = builder.model(builder.add('Relu', 'relu', [builder.input('x', [1, H])]));
  const [node] = model.graph.nodes;
  const output = new Value('y', { kind: 'tensor', elementType: 'float32', shape: [1, 320] });
  const graph: Graph = { ...model.graph, nodes: [{ ...node!, outputs: [output] }], outputs: [output] };
  return { ...model, graph };
}

function codesAt(bindings: Bindings): string[] {
  return checkModel(stale(), { bindings }).diagnostics.map(({ code }) => code);
}

describe('an output that is declared with a number', () => {
  it('is reported while another size is legal, and where another is given', () => {
    expect(codesAt(new Map())).toContain('US1214');
    expect(codesAt(new Map([['H', 64]]))).toContain('US1214');
    expect(codesAt(new Map([['H', 320]]))).not.toContain('US1214');
  });
});
