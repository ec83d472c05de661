/** Cuts the part between given values out of a graph. */
import { defineProblem, fail, quoted } from '../diagnostics.js';
import { type Dim, symbol, symbolsOf } from '../ir/dim.js';
import {
  type Attribute,
  type Constant,
  declaredShape,
  type Graph,
  type Node,
  subgraphsOf,
  Value,
  type ValueType,
} from '../ir/graph.js';
import { formatType, type Shape, type TensorType, tensorType } from '../ir/shape.js';
import { type Closure, type Cut, closeCut, type Missing, missingOf } from './closure.js';
import { DataFlow } from './data-flow.js';
import { type KnownFacts, SizeWriter } from './known-sizes.js';

export interface CutOptions {
  /** The graph's data flow, for callers that make several cuts. */
  readonly flow?: DataFlow;
  /** The opset version of ai.onnx for new nodes (default: the newest version among the graph's nodes). */
  readonly opset?: number | undefined;
}

/**
 * The part of `graph` that computes `to` from `from`: the nodes on the way and the constants that they read, in their
 * order. Inputs and outputs are declared as inference knows them, with the symbols of the whole; values keep their
 * names. Returns the same graph if nothing changes.
 * @param facts what inference knows of `graph`
 * @throws ProblemError US2102 when `to` needs more than `from`, US2103 for values that are not the graph's own, US2104
 * when the element type of an input is unknown
 */
export function cutGraph(graph: Graph, cut: Cut, facts: KnownFacts, options: CutOptions = {}): Graph {
  const { flow = new DataFlow(graph), opset = newestOpset(graph) } = options;
  const own = { from: [...new Set(cut.from)], to: [...new Set(cut.to)] };
  for (const value of [...own.from, ...own.to]) if (!flow.has(value)) failInner(value.name);
  const closure = closeCut(flow, own, facts);
  if (closure.need.inputs.length > 0) failMissing(graph, own, missingOf(flow, own, facts)!, facts);
  return new Cutter(graph, own, closure, facts, opset).cut();
}

function newestOpset({ nodes }: Graph): number {
  return nodes.reduce((most, { domain, opset }) => (domain === '' ? Math.max(most, opset) : most), 1);
}

const cutInSubgraph = defineProblem('US2103', { value: 'string' }, ({ value }) => ({
  message: `${quoted(value)} is inside a subgraph (a branch or a loop body), where a model cannot be cut`,
  value,
  hint: 'cut at what the node with the subgraph reads or returns',
}));

export function failInner(name: string): never {
  fail(cutInSubgraph({ value: name }));
}

const inputsNotEnough = defineProblem(
  'US2102',
  { from: 'strings', to: 'strings', missing: 'strings', types: 'strings', words: 'string' },
  ({ missing, types, words }) => {
    const them = missing.length === 1 ? 'it' : 'them';
    return {
      message: words,
      hint: `name ${them} as well, or have ${them} taken: --auto, in code auto: true`,
      notes: missing.map((name, i) => `${quoted(name)} is ${types[i]}`),
    };
  },
);

function failMissing(graph: Graph, cut: Cut, { values, earlier, unreached }: Missing, { types }: KnownFacts): never {
  const start = listed(cut.from);
  const isSkip = (value: Value) => !graph.inputs.includes(value) && (types.get(value)?.shape?.length ?? 2) > 1;
  const areSkips = unreached.length === 0 && values.every(isSkip);
  const others = `${listed(values)}${areSkips ? (values.length === 1 ? ' (a skip)' : ' (skips)') : ''}`;
  const instead = isSame(values, earlier) ? '' : `, or start earlier at ${listed(earlier)}`;
  const problem =
    cut.from.length === 0
      ? `without inputs nothing reaches ${listed(cut.to)}`
      : unreached.length === cut.to.length
        ? `${listed(cut.to)} ${cut.to.length === 1 ? 'is' : 'are'} not computed from ${start}`
        : `${start} alone ${cut.from.length === 1 ? 'does' : 'do'} not reach ${listed(cut.to)}`;
  fail(
    inputsNotEnough({
      from: cut.from.map(({ name }) => name),
      to: cut.to.map(({ name }) => name),
      missing: values.map(({ name }) => name),
      types: values.map((value) => formatType(types.get(value))),
      words: `${problem}: also needs ${others}${instead}`,
    }),
  );
}

/** The names of the values, at most as many as a person would read. */
export function listed(values: readonly Value[]): string {
  const most = 12;
  const shown = values.slice(0, most).map(({ name }) => quoted(name));
  return values.length > most ? `${shown.join(', ')} and ${values.length - most} more` : shown.join(', ');
}

const cutTypeUnknown = defineProblem('US2104', { value: 'string' }, ({ value }) => ({
  message: `the element type of ${quoted(value)} is not known, and a model's input needs one`,
  value,
  hint: 'cut at another value, or have the file declare the type in value_info',
}));

class Cutter {
  /** By value of the whole: what the part's nodes read instead. */
  private readonly read = new Map<Value, Value>();
  /** By value of the whole: what the part's nodes produce instead. */
  private readonly made = new Map<Value, Value>();

  constructor(
    private readonly graph: Graph,
    private readonly ends: Cut,
    private readonly closure: Closure,
    private readonly facts: KnownFacts,
    private readonly opset: number,
  ) {}

  cut(): Graph {
    const { graph, ends, closure } = this;
    const { need, recipes } = closure;
    if (this.isWhole()) return graph;
    const inputs = ends.from.map((value) => this.input(value));
    const outputs = ends.to.map((value) => this.output(value));
    const given = new Set<Value>([...ends.from, ...recipes.keys()]);
    const kept = graph.nodes.filter((_, place) => need.nodes[place]);
    const halves = kept.flatMap((node) => node.outputs.filter((value) => value !== undefined && given.has(value)));
    const taken = new Set<string>();
    if (recipes.size > 0 || halves.length > 0) for (const { name } of need.values) taken.add(name);
    for (const value of given) taken.add(value.name);
    // A node produces all of its values, even those that nothing needs.
    for (const value of halves) this.made.set(value!, new Value(freeName(`${value!.name}_unused`, taken)));

    const sizes = new SizeWriter(this.opset, taken);
    for (const [value, recipe] of recipes)
      sizes.write(this.read.get(value) ?? value, recipe, (source) => this.read.get(source) ?? source);
    const nodes = [...sizes.nodes, ...kept.map((node) => this.node(node))];
    const constants = new Map<Value, Constant>(sizes.constants);
    for (const [value, constant] of graph.constants) {
      if (need.values.has(value)) constants.set(this.read.get(value) ?? value, constant);
    }
    const { overridable, ...rest } = graph;
    const defaults = [...(overridable ?? [])]
      .map((value) => this.read.get(value) ?? value)
      .filter((value) => constants.has(value));
    return {
      ...rest,
      inputs,
      outputs,
      nodes,
      constants,
      ...(defaults.length === 0 ? {} : { overridable: new Set(defaults) }),
    };
  }

  /** Whether the part is the whole graph with the types that it declares. */
  private isWhole(): boolean {
    const { graph, ends, closure } = this;
    const { need, recipes } = closure;
    return (
      recipes.size === 0 &&
      isSame(ends.from, graph.inputs) &&
      isSame(ends.to, graph.outputs) &&
      need.nodes.every((isNeeded) => isNeeded) &&
      [...graph.constants.keys()].every((value) => need.values.has(value))
    );
  }

  private input(value: Value): Value {
    const input = declaredAs(value, this.inputType(value));
    if (input !== value) this.read.set(value, input);
    return input;
  }

  private output(value: Value): Value {
    const known = this.read.get(value);
    if (known !== undefined || this.ends.from.includes(value)) return known ?? value;
    const type = this.facts.types.get(value);
    // Sequences and the like have only what the file says of them.
    if (type?.elementType === undefined || value.declared?.kind === 'other') return value;
    const output = declaredAs(value, {
      kind: 'tensor',
      ...tensorType(type.elementType, outputShape(type.shape, value)),
    });
    if (output !== value) {
      this.read.set(value, output);
      this.made.set(value, output);
    }
    return output;
  }

  private inputType(value: Value): ValueType {
    const { declared } = value;
    if (declared?.kind === 'other') return declared;
    const inferred = this.facts.types.get(value) ?? tensorType(undefined, undefined);
    const elementType = inferred.elementType ?? declared?.elementType;
    if (elementType === undefined) {
      fail(cutTypeUnknown({ value: value.name }));
    }
    return { kind: 'tensor', ...inputType(value.name, tensorType(elementType, inferred.shape)) };
  }

  private node(node: Node): Node {
    const { read, made } = this;
    const outputs = replaced(node.outputs, made);
    const inner = withReplaced(node, read);
    return outputs === node.outputs ? inner : { ...inner, outputs };
  }
}

/**
 * The declared type of an input. A size is left open if a file has no name for it, or if it depends on data that the
 * part does not see.
 */
function inputType(name: string, { elementType, shape }: TensorType): TensorType {
  const open = (dim: Dim, axis: number): Dim =>
    isNamed(dim) ? dim : symbol(`${name}.${axis}`, { reason: 'not given by the file' });
  return tensorType(elementType, shape?.map(open));
}

/** Where a size depends on data of a run, the size that the file declares is kept. */
function outputShape(inferred: Shape | undefined, value: Value): Shape | undefined {
  const told = declaredShape(value);
  if (told?.length !== inferred?.length) return inferred;
  return inferred?.map((dim, axis) => (isNamed(dim) ? dim : told![axis]!));
}

/** Whether all symbols in it are names that a file can have. */
function isNamed(dim: Dim): boolean {
  return [...symbolsOf(dim).values()].every(({ reason }) => reason === undefined);
}

/** Returns the value itself if it is declared with that type. */
function declaredAs(value: Value, type: ValueType): Value {
  const { declared, name, metadata } = value;
  const isDeclared =
    declared === type ||
    (declared?.kind === 'tensor' &&
      type.kind === 'tensor' &&
      declared.elementType === type.elementType &&
      (declared.shape === type.shape ||
        (declared.shape !== undefined && type.shape !== undefined && isSame(declared.shape, type.shape))));
  return isDeclared ? value : new Value(name, type, metadata);
}

function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function freeName(wish: string, taken: Set<string>): string {
  let name = wish;
  for (let i = 2; taken.has(name); i++) name = `${wish}_${i}`;
  taken.add(name);
  return name;
}

function replaced<T extends Value | undefined>(values: readonly T[], by: ReadonlyMap<Value, Value>): readonly T[] {
  if (!values.some((value) => value !== undefined && by.has(value))) return values;
  return values.map((value) => (value === undefined ? value : ((by.get(value) ?? value) as T)));
}

/** The node with other values as its inputs, in its subgraphs as well. */
function withReplaced(node: Node, by: ReadonlyMap<Value, Value>): Node {
  const inputs = replaced(node.inputs, by);
  let { attributes } = node;
  if (subgraphsOf(node).length > 0) {
    const changed = new Map<string, Attribute>();
    let isChanged = false;
    const inner = (graph: Graph): Graph => {
      const result = graphWithReplaced(graph, by);
      isChanged ||= result !== graph;
      return result;
    };
    for (const [name, attribute] of attributes) {
      if (attribute.kind === 'graph') changed.set(name, { ...attribute, value: inner(attribute.value) });
      else if (attribute.kind === 'graphs') changed.set(name, { ...attribute, value: attribute.value.map(inner) });
      else changed.set(name, attribute);
    }
    if (isChanged) attributes = changed;
  }
  return inputs === node.inputs && attributes === node.attributes ? node : { ...node, inputs, attributes };
}

function graphWithReplaced(graph: Graph, by: ReadonlyMap<Value, Value>): Graph {
  const nodes = graph.nodes.map((node) => withReplaced(node, by));
  const outputs = replaced(graph.outputs, by);
  return outputs === graph.outputs && isSame(nodes, graph.nodes) ? graph : { ...graph, outputs, nodes };
}
