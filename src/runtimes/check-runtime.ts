/** A whole model against a release of a runtime. */
import { type Diagnostic, diagnostic, type NodeReference, type Problem } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import { type Graph, type Model, type Node, referenceTo, subgraphsOf, type Value } from '../ir/graph.js';
import { originOf } from '../ir/origin.js';
import { behaviorOf, isPortability } from './behaviors.js';
import { judge } from './judge.js';
import { behaviorProblem, problemOf, releaseNotKnown, setNotRead } from './problems.js';
import type { RuntimeTable, Source } from './table.js';
import { placeOf, type Target } from './target.js';

/** How a model fares in a runtime; nodes are counted, those of subgraphs included. */
export interface RuntimeSummary {
  /** As it was asked for. */
  readonly runtime: string;
  /** The release whose facts were taken. */
  readonly release: string;
  readonly nodes: number;
  readonly runs: number;
  /** Nodes that something else computes for it. */
  readonly elsewhere: number;
  readonly refused: number;
  readonly unknown: number;
  /** Where the facts come from. */
  readonly sources: readonly Source[];
}

export interface RuntimeCheck {
  readonly summary: RuntimeSummary;
  readonly diagnostics: readonly Diagnostic[];
}

export interface CheckedAgainst {
  readonly model: Model;
  readonly inference: Inference;
  readonly file?: string | undefined;
  /** All findings of the check, of which those of portability rules count here. */
  readonly diagnostics?: readonly Diagnostic[];
}

export function checkRuntime(
  target: Target,
  table: RuntimeTable,
  { model, inference, file, diagnostics = [] }: CheckedAgainst,
): RuntimeCheck {
  const { releases, sources, elsewhere } = table;
  const runtime = target.text.replace(/@.*/, '');
  const asked = placeOf(target.release, releases);
  const place = typeof asked === 'number' ? asked : asked === 'older' ? 0 : releases.length - 1;
  const release = releases[place] ?? '';
  const found: Diagnostic[] = [];
  const add = (problem: Problem, node?: Node) =>
    found.push(diagnostic(problem, { file, ...(node && { node: referenceTo(node), origin: originOf(node) }) }));
  if (typeof asked !== 'number' || releases[asked] === undefined) {
    const isJudged = asked !== 'older';
    add(
      releaseNotKnown({
        runtime,
        release: target.release ?? '',
        first: releases[0] ?? '',
        last: releases.at(-1) ?? '',
        isJudged,
      }),
    );
  }
  const nodes = [...allNodes(model.graph)];
  const known = new Map(sources.map((source) => [source.what, source]));
  const counts = { runs: 0, elsewhere: 0, refused: 0, unknown: 0 };
  if (asked === 'older') {
    counts.unknown = nodes.length;
  } else {
    for (const problem of versionProblems(table, place, runtime, model)) add(problem);
    const constants = constantsOf(model.graph);
    /** Nodes that run as far as tables tell. */
    const running = new Set<string>();
    for (const node of nodes) {
      const verdict = judge(node, { table, release: place, inference, constants });
      const operator = node.domain === '' ? node.opType : `${node.domain}.${node.opType}`;
      const problem = problemOf(verdict, { runtime, release, operator }, elsewhere);
      if (problem !== undefined) add(problem, node);
      counts[countedAs(verdict.kind, elsewhere !== undefined)]++;
      if (verdict.kind === 'runs') running.add(nodeKey(referenceTo(node)));
    }
    for (const { code, data, node, origin } of diagnostics) {
      if (node === undefined || !isPortability(code) || !running.has(nodeKey(node))) continue;
      const behavior = behaviorOf({ code, data }, target.table, release);
      if (behavior !== undefined) known.set(behavior.source.what, behavior.source);
      const operator = node.domain === '' ? node.opType : `${node.domain}.${node.opType}`;
      const problem = behaviorProblem(behavior, { runtime, release, operator }, code);
      if (problem === undefined) continue;
      found.push(diagnostic(problem, { file, node, origin }));
      if (behavior?.does === 'differs') continue;
      // It counts once, however much is found there.
      running.delete(nodeKey(node));
      counts.runs--;
      counts[behavior === undefined ? 'unknown' : 'refused']++;
    }
  }
  return {
    summary: { runtime, release, nodes: nodes.length, ...counts, sources: [...known.values()] },
    diagnostics: found,
  };
}

function nodeKey({ index, name, opType }: NodeReference): string {
  return `${index} ${opType} ${name}`;
}

function countedAs(kind: ReturnType<typeof judge>['kind'], hasElsewhere: boolean) {
  if (kind === 'runs' || kind === 'unknown') return kind;
  return hasElsewhere ? 'elsewhere' : 'refused';
}

function* allNodes(graph: Graph): Iterable<Node> {
  for (const node of graph.nodes) {
    yield node;
    for (const { graph: inner } of subgraphsOf(node)) yield* allNodes(inner);
  }
}

function constantsOf(graph: Graph): Set<Value> {
  const constants = new Set<Value>();
  const visit = (inner: Graph) => {
    for (const value of inner.constants.keys()) constants.add(value);
    for (const node of inner.nodes) {
      if (node.domain === '' && node.opType === 'Constant')
        for (const output of node.outputs) if (output !== undefined) constants.add(output);
      for (const { graph: deeper } of subgraphsOf(node)) visit(deeper);
    }
  };
  visit(graph);
  return constants;
}

/** Whether the release reads the model's operator set and IR version at all. */
function* versionProblems(table: RuntimeTable, place: number, runtime: string, model: Model): Iterable<Problem> {
  const { releases, sets, irs, oldestSet } = table;
  const release = releases[place] ?? '';
  const entries = [
    ['operator set', model.opsets.get(''), sets, oldestSet],
    ['IR version', model.irVersion, irs, undefined],
  ] as const;
  for (const [what, version, newestOf, oldest] of entries) {
    const newest = newestOf?.[place];
    if (version === undefined || newest === undefined) continue;
    if (version <= newest && version >= (oldest ?? 0)) continue;
    const since = releases[newestOf?.findIndex((read, at) => at > place && read >= version) ?? -1];
    yield setNotRead({ runtime, release, what, version, newest, oldest, since });
  }
}
