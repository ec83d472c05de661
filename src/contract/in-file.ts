/**
 * Settings in the model file itself: the `metadata_props` entry `unstride.ignore` lists codes separated by commas. The
 * model's entry applies to the whole model, a node's to that node.
 */
import type { Diagnostic } from '../diagnostics.js';
import { type Graph, type Metadata, type Model, type Node, subgraphsOf } from '../ir/graph.js';
import { codeFault, noRules, type RuleSettings } from './rules.js';

const key = 'unstride.ignore';

/** What the model as a whole ignores. Unknown codes are skipped, since they may be of a later version. */
export function inFileRules({ metadata }: Pick<Model, 'metadata'>): RuleSettings {
  return { ...noRules, ignore: codesOf(metadata) };
}

/** The diagnostics without those that their node ignores. */
export function withoutIgnoredByNodes(diagnostics: readonly Diagnostic[], graph: Graph): readonly Diagnostic[] {
  const ignored = new Map<string, readonly string[]>();
  collect(graph, ignored);
  if (ignored.size === 0) return diagnostics;
  return diagnostics.filter(({ code, node }) => {
    const codes = node === undefined ? undefined : ignored.get(labelOf(node));
    return codes === undefined || !codes.some((prefix) => code.startsWith(prefix));
  });
}

function collect(graph: Graph, into: Map<string, readonly string[]>): void {
  for (const node of graph.nodes) {
    const codes = codesOf(node.metadata);
    if (codes.length > 0) into.set(labelOf(node), codes);
    for (const { graph: inner } of subgraphsOf(node)) collect(inner, into);
  }
}

function labelOf({ index, opType, name }: Pick<Node, 'index' | 'opType' | 'name'>): string {
  return `${index} ${opType} ${name}`;
}

function codesOf(metadata: Metadata): string[] {
  const codes = (metadata.get(key) ?? '').split(',').map((code) => code.trim());
  return codes.filter((code) => codeFault(code) === undefined);
}
