/** Diagnostics with the places that readers know: the line in Python, the module. */
import type { Diagnostic, NodeReference } from '../diagnostics.js';
import { type Graph, type Node, subgraphsOf } from '../ir/graph.js';
import { moduleOf, type SourcePlace, sourceOf } from '../ir/origin.js';

export interface Finding extends Diagnostic {
  /** The line in the exporter's source. */
  readonly source?: SourcePlace | undefined;
  /** The module that the node belongs to: `up.0.merge`. */
  readonly module?: string | undefined;
}

/** Adds to every diagnostic the source line and the module of its node. */
export function locate(diagnostics: readonly Diagnostic[], graph: Graph): Finding[] {
  const nodes = new Map<string, Node>();
  collect(graph, nodes);
  return diagnostics.map((item) => {
    const node = item.node && nodes.get(keyOf(item.node));
    if (node === undefined) return item;
    const source = sourceOf(node);
    const module = moduleOf(node);
    return {
      ...item,
      ...(source && { source, origin: `${source.file}:${source.line}` }),
      ...(module !== undefined && { module }),
    };
  });
}

function collect(graph: Graph, into: Map<string, Node>): void {
  for (const node of graph.nodes) {
    const key = keyOf(node);
    if (!into.has(key)) into.set(key, node);
    for (const { graph: inner } of subgraphsOf(node)) collect(inner, into);
  }
}

function keyOf({ name, opType, index }: NodeReference | Node): string {
  return `${index} ${opType} ${name}`;
}
