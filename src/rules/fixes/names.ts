/** Gives names to nodes without one, and numbers to those that share one. */
import type { DiagnosticCode } from '../../diagnostics.js';
import type { Node } from '../../ir/graph.js';
import { rewriteGraphs } from '../../ir/rewrite-graphs.js';
import { factsOf } from '../facts.js';
import { isNameless } from '../hygiene/names.js';
import type { Change, Fix } from './fix.js';

export const nameNodes: Fix = {
  codes: ['US1601', 'US1602'],
  keepsEveryBit: true,
  apply({ model }, codes) {
    const names = new Namer([...factsOf(model).nodes()].map(({ name }) => name));
    const seen = new Set<string>();
    const changes: Change[] = [];
    const rename = (node: Node): Node => {
      const code = codeFor(node, seen);
      seen.add(node.name);
      if (code === undefined || !codes.has(code)) return node;
      const name = names.free(node.name === '' ? `${node.opType}_${node.outputs[0]?.name ?? node.index}` : node.name);
      changes.push({ code, node, text: `named ${name}` });
      return { ...node, name };
    };
    const rewritten = rewriteGraphs(model, (graph) => {
      const nodes = graph.nodes.map(rename);
      return nodes.every((node, i) => node === graph.nodes[i]) ? graph : { ...graph, nodes };
    });
    return { model: rewritten, changes };
  },
};

function codeFor(node: Node, seen: ReadonlySet<string>): DiagnosticCode | undefined {
  if (isNameless(node)) return 'US1601';
  return node.name !== '' && seen.has(node.name) ? 'US1602' : undefined;
}

class Namer {
  private readonly taken: Set<string>;
  private readonly counts = new Map<string, number>();

  constructor(names: readonly string[]) {
    this.taken = new Set(names);
  }

  free(wanted: string): string {
    let name = wanted;
    let count = this.counts.get(wanted) ?? 0;
    while (this.taken.has(name)) name = `${wanted}_${++count}`;
    this.counts.set(wanted, count);
    this.taken.add(name);
    return name;
  }
}
