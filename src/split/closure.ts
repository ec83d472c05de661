/**
 * Whether a part is closed, which means that it needs nothing but the values that it is given. For a part that is not
 * closed: the values that are missing, and an earlier place where the part could begin.
 */
import type { Node, Value } from '../ir/graph.js';
import { type DataFlow, type Need, needOf } from './data-flow.js';
import { type KnownFacts, type Recipe, SizeSources } from './known-sizes.js';

/** Where a part begins and ends. */
export interface Cut {
  /** Values that become its inputs, in this order. */
  readonly from: readonly Value[];
  /** Values that it returns, in this order. */
  readonly to: readonly Value[];
}

/** A cut whose ends may be left open. An open end is at the model's own inputs or outputs. */
export interface OpenCut {
  readonly from?: readonly Value[] | undefined;
  readonly to?: readonly Value[] | undefined;
}

export interface Closure {
  /** What the part needs, without the values that `recipes` compute. */
  readonly need: Need;
  /** Values that are computed from the sizes of the given values instead of by their own nodes. */
  readonly recipes: ReadonlyMap<Value, Recipe>;
}

/** What the cut needs besides the given values. It is closed if `need.inputs` is empty. */
export function closeCut(flow: DataFlow, { from, to }: Cut, facts: KnownFacts): Closure {
  const given = new Set(from);
  const need = needOf(flow, to, given);
  if (need.inputs.length === 0) return { need, recipes: new Map() };
  const { isMissing, isGiven } = reachOf(flow, need, given);
  const sources = new SizeSources(from, facts);
  const recipes = new Map<Value, Recipe>();
  for (const value of need.values) {
    if (!isMissing.has(value) || isGiven.has(value)) continue;
    const recipe = sources.recipeFor(value);
    if (recipe !== undefined) recipes.set(value, recipe);
  }
  if (recipes.size === 0) return { need, recipes };
  const rest = needOf(flow, to, { has: (value) => given.has(value) || recipes.has(value) });
  const read = new Set<Value>(to);
  rest.nodes.forEach((isNeeded, place) => {
    if (isNeeded) for (const value of flow.reads[place]!) read.add(value);
  });
  return { need: rest, recipes: new Map([...recipes].filter(([value]) => read.has(value))) };
}

interface Reach {
  /** Values that depend on what is given. */
  readonly isGiven: ReadonlySet<Value>;
  /** Values that depend on an input of the graph that is not given. */
  readonly isMissing: ReadonlySet<Value>;
  /** Missing values that depend only on the sizes of other values. */
  readonly isSize: ReadonlySet<Value>;
}

function reachOf(flow: DataFlow, need: Need, given: ReadonlySet<Value>): Reach {
  const isGiven = new Set(given);
  const isMissing = new Set(need.inputs);
  const isSize = new Set<Value>();
  need.nodes.forEach((isNeeded, place) => {
    if (!isNeeded) return;
    const node = flow.graph.nodes[place]!;
    const read = flow.reads[place]!;
    const missing = read.filter((value) => isMissing.has(value));
    const followsGiven = read.some((value) => isGiven.has(value));
    for (const output of node.outputs) {
      if (output === undefined || given.has(output)) continue;
      if (followsGiven) isGiven.add(output);
      if (missing.length === 0) continue;
      isMissing.add(output);
      if (readsSizes(node) || missing.every((value) => isSize.has(value))) isSize.add(output);
    }
  });
  return { isGiven, isMissing, isSize };
}

/** What a part that is not closed also needs. */
export interface Missing {
  /**
   * Values that close the part when they are given as well, in the order in which they are read. These are the skips
   * (the last values before they meet something computed from the given values), and inputs of the graph for outputs
   * that do not depend on the given values.
   */
  readonly values: readonly Value[];
  /**
   * The latest values that could be given instead of all others: one value that everything goes through, or the graph's
   * inputs.
   */
  readonly earlier: readonly Value[];
  /** Outputs that depend on none of the given values. */
  readonly unreached: readonly Value[];
}

/** Undefined where the part is closed. */
export function missingOf(flow: DataFlow, cut: Cut, facts: KnownFacts): Missing | undefined {
  const { to } = cut;
  const attempt = (values: Iterable<Value>): State => {
    const from = [...cut.from, ...values];
    const { need, recipes } = closeCut(flow, { from, to }, facts);
    return { need, ...reachOf(flow, need, new Set([...from, ...recipes.keys()])) };
  };
  const first = attempt([]);
  if (first.need.inputs.length === 0) return undefined;
  const unreached = to.filter((value) => first.isMissing.has(value) && !first.isGiven.has(value));
  const values = new Set<Value>();
  let state = first;
  // A value that is added may meet further values that are not given.
  for (let i = 0; i < 2; i++) {
    for (const value of bordersOf(flow, state).data) values.add(value);
    state = attempt(values);
  }
  for (const value of sizesFor(flow, state, facts, (more) => attempt([...values, ...more]))) values.add(value);
  for (const value of attempt(values).need.inputs) values.add(value);
  return { values: [...values], earlier: earlierThan(flow, cut, first.isGiven), unreached };
}

interface State extends Reach {
  readonly need: Need;
}

interface Borders {
  readonly data: readonly Value[];
  /** Values that depend only on the sizes of other values. */
  readonly sizes: readonly Value[];
}

/**
 * Values that are computed only from inputs that are not given, and that meet something computed from the given values.
 */
function bordersOf(flow: DataFlow, { need, isGiven, isMissing, isSize }: State): Borders {
  const found = new Set<Value>();
  need.nodes.forEach((isNeeded, place) => {
    const read = flow.reads[place]!;
    if (!isNeeded || !read.some((value) => isGiven.has(value))) return;
    for (const value of read) if (isMissing.has(value) && !isGiven.has(value)) found.add(value);
  });
  const all = [...found];
  return { data: all.filter((value) => !isSize.has(value)), sizes: all.filter((value) => isSize.has(value)) };
}

/** At most so many shapes are requested instead of the sizes that are computed from them. */
const mostShapes = 4;

/**
 * What to request where sizes are missing: a shape or two rather than the many numbers that are computed from them.
 */
function sizesFor(
  flow: DataFlow,
  state: State,
  facts: KnownFacts,
  attempt: (shapes: readonly Value[]) => State,
): readonly Value[] {
  const { data, sizes } = bordersOf(flow, state);
  const shapes: Value[] = [];
  let current = state;
  while (shapes.length < Math.min(mostShapes, sizes.length - 1)) {
    const next = largestShape(flow, current, facts);
    if (next === undefined) break;
    shapes.push(next);
    current = attempt(shapes);
    if (bordersOf(flow, current).sizes.length === 0) return [...data, ...shapes];
  }
  return [...data, ...sizes];
}

/** Among the shapes of values that are not given, the one with the most sizes in it. */
function largestShape(flow: DataFlow, { need, isMissing, isGiven }: State, facts: KnownFacts): Value | undefined {
  let largest: Value | undefined;
  const sizeOf = (value: Value) => facts.known.get(value)?.elements.length ?? 0;
  need.nodes.forEach((isNeeded, place) => {
    const node = flow.graph.nodes[place]!;
    const [shape] = node.outputs;
    if (!isNeeded || !readsSizes(node) || shape === undefined || !isMissing.has(shape) || isGiven.has(shape)) return;
    if (largest === undefined || sizeOf(shape) > sizeOf(largest)) largest = shape;
  });
  return largest;
}

function readsSizes({ domain, opType }: Node): boolean {
  return domain === '' && (opType === 'Shape' || opType === 'Size');
}

/**
 * The last value before the given ones that every path from the graph's inputs to the outputs goes through. A node is
 * on all paths exactly if, in topological order, no value is produced before it and read after it.
 */
function earlierThan(flow: DataFlow, { to }: Cut, isGiven: ReadonlySet<Value>): readonly Value[] {
  const { nodes } = flow.graph;
  const need = needOf(flow, to, new Set());
  const { isMissing: isData } = reachOf(flow, need, new Set());
  const lastRead = new Map<Value, number>(to.map((value) => [value, nodes.length]));
  need.nodes.forEach((isNeeded, place) => {
    if (!isNeeded) return;
    for (const value of flow.reads[place]!)
      if (isData.has(value) && lastRead.get(value) !== nodes.length) lastRead.set(value, place);
  });
  let latest = need.inputs;
  let reach = Math.max(-1, ...need.inputs.map((value) => lastRead.get(value) ?? -1));
  need.nodes.forEach((isNeeded, place) => {
    if (!isNeeded) return;
    const made = nodes[place]!.outputs.filter(
      (value) => value !== undefined && isData.has(value) && need.values.has(value),
    );
    const [only, ...others] = made;
    if (reach <= place && only !== undefined && others.length === 0 && !isGiven.has(only) && !to.includes(only))
      latest = [only];
    for (const value of made) reach = Math.max(reach, lastRead.get(value!) ?? -1);
  });
  return latest;
}
