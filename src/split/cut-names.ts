/** Finds the values that a model is cut at by the names that people give. */
import { defineProblem, fail, quoted } from '../diagnostics.js';
import { type Graph, type Node, subgraphsOf, type Value } from '../ir/graph.js';
import { failInner } from './cut.js';

const nameOfSeveral = defineProblem(
  'US2101',
  { name: 'string', count: 'integer', values: 'strings' },
  ({ name, count, values }) => ({
    message: `${count} nodes are named ${quoted(name)}`,
    value: name,
    hint: `name a value: ${values.join(', ')}`,
  }),
);

/** A name that neither a value nor a node has. */
export const nothingOfThatName = defineProblem('US2101', { name: 'string', near: 'strings' }, ({ name, near }) => ({
  message: `the model has no value and no node named ${quoted(name)}`,
  value: name,
  hint:
    near.length === 0
      ? 'unstride inspect lists the nodes, with --json the values too'
      : `near it are ${near.map(quoted).join(', ')}`,
}));

export class CutNames {
  private readonly values = new Map<string, Value>();
  private readonly nodes = new Map<string, Node[]>();

  constructor(private readonly graph: Graph) {
    for (const value of [...graph.inputs, ...graph.constants.keys()]) this.values.set(value.name, value);
    for (const node of graph.nodes) {
      for (const value of node.outputs) if (value !== undefined) this.values.set(value.name, value);
      if (node.name === '') continue;
      const others = this.nodes.get(node.name);
      if (others === undefined) this.nodes.set(node.name, [node]);
      else others.push(node);
    }
  }

  /**
   * The values of that name, or what the node of that name makes; a value comes first where both have it. A node stands
   * for its outputs at both ends of a part: one that begins at a node does not compute it, one that ends there does.
   * @throws ProblemError US2101 with the nearest names if nothing has that name, US2103 if it is in a subgraph
   */
  find(name: string): readonly Value[] {
    const value = this.values.get(name);
    if (value !== undefined) return [value];
    const [node, ...others] = this.nodes.get(name) ?? [];
    if (node === undefined) return this.fail(name);
    if (others.length > 0) {
      fail(nameOfSeveral({ name, count: others.length + 1, values: outputNames([node, ...others]) }));
    }
    return node.outputs.filter((output) => output !== undefined);
  }

  has(name: string): boolean {
    return this.values.has(name) || this.nodes.has(name);
  }

  private fail(name: string): never {
    if (hasInside(this.graph, name)) failInner(name);
    const near = nearestNames(name, [...this.values.keys(), ...this.nodes.keys()]);
    fail(nothingOfThatName({ name, near }));
  }
}

/**
 * Splits a list at its commas. Names may contain commas as well, so from the left the longest name that the graph has
 * is taken.
 */
export function splitNames(text: string, names: { has(name: string): boolean }): string[] {
  const pieces = text.split(',');
  const found: string[] = [];
  for (let start = 0; start < pieces.length; ) {
    let end = pieces.length;
    while (end > start + 1 && !names.has(pieces.slice(start, end).join(','))) end--;
    found.push(pieces.slice(start, end).join(','));
    start = end;
  }
  return found;
}

function outputNames(nodes: readonly Node[]): string[] {
  const most = 6;
  return nodes.flatMap(({ outputs }) => outputs.flatMap((value) => value?.name ?? [])).slice(0, most);
}

function hasInside(graph: Graph, name: string): boolean {
  return graph.nodes.some((node) =>
    subgraphsOf(node).some(
      ({ graph: inner }) =>
        [...inner.inputs, ...inner.constants.keys()].some((value) => value.name === name) ||
        inner.nodes.some((item) => item.name === name || item.outputs.some((value) => value?.name === name)) ||
        hasInside(inner, name),
    ),
  );
}

/** The largest distance of a name that is suggested, as a share of the longer name's length. */
const farthest = 0.45;

/**
 * The names nearest to one that is mistyped or cut short, nearest first: names that contain it, then by edit distance.
 */
export function nearestNames(name: string, candidates: Iterable<string>, most = 3): string[] {
  const wanted = name.toLowerCase();
  const found: { readonly candidate: string; readonly distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const distance = distanceOf(wanted, candidate.toLowerCase());
    if (distance <= farthest) found.push({ candidate, distance });
  }
  return found
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** From 0 for the same name to 1. A part of a name counts as a few typing errors, fewer the longer the part is. */
function distanceOf(a: string, b: string): number {
  const longer = Math.max(a.length, b.length);
  const difference = longer - Math.min(a.length, b.length);
  const isPart = Math.min(a.length, b.length) >= 3 && (a.includes(b) || b.includes(a));
  if (isPart) return (farthest * difference) / (longer + difference);
  if (difference > farthest * longer) return 1;
  return editDistance(a, b) / longer;
}

/** Levenshtein's distance, row by row. Only the first 200 characters count, which is enough to find typing errors. */
function editDistance(a: string, b: string): number {
  const [x, y] = [a.slice(0, 200), b.slice(0, 200)];
  let row = Uint32Array.from({ length: y.length + 1 }, (_, j) => j);
  let next = new Uint32Array(y.length + 1);
  for (let i = 1; i <= x.length; i++) {
    next[0] = i;
    for (let j = 1; j <= y.length; j++) {
      const change = row[j - 1]! + (x[i - 1] === y[j - 1] ? 0 : 1);
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, change);
    }
    [row, next] = [next, row];
  }
  return row[y.length]!;
}
