/**
 * Inputs whose elements decide shapes, or what operators do: a Shape that another model computed, the target of a Reshape,
 * the axes of a sum. A model is compiled for the elements of these as it is for the sizes of the others, so that all shapes
 * are known and kernels can run.
 */
import { type InferOptions, infer } from '../infer/infer.js';
import { symbol, symbolsOf } from '../ir/dim.js';
import { isInteger } from '../ir/element-type.js';
import { type Graph, type Node, subgraphsOf, Value } from '../ir/graph.js';
import type { SymbolicTensor } from '../ir/quantity.js';
import { isConcrete, type Shape } from '../ir/shape.js';
import { elementCount } from '../ir/tensor.js';
import { bindLeniently } from '../ops/bind.js';
import { type Given, mayBeSmall } from './small-inputs.js';

/**
 * Of the inputs, by name, those of few numbers on which the shape of some value depends, or what an operator does.
 * @param known beside that
 */
export function decidingInputs(
  graph: Graph,
  known: InferOptions,
  given: ReadonlyMap<string, Given>,
): ReadonlySet<string> {
  const small = new Map([...given].filter(([, input]) => mayBeSmall(input)));
  if (small.size === 0) return new Set();
  const settings = new Settings(graph, small);
  const found = new Set(settings.inputsOf(settings.always));
  const symbols = new Map(known.inputValues);
  const owners = new Map<string, string>();
  for (const [name, input] of small) {
    const elements = found.has(name) ? undefined : elementsOf(name, input);
    if (elements === undefined) continue;
    symbols.set(name, elements);
    elements.elements.forEach((_, i) => {
      owners.set(symbolName(name, i), name);
    });
  }
  // Whoever loads a model waits for this.
  if (owners.size === 0 && settings.places.length === 0) return found;
  const { types } = infer(graph, { ...known, inputValues: symbols });
  for (const { shape } of types.values()) {
    for (const dim of shape ?? []) {
      if (typeof dim === 'number') continue;
      for (const item of symbolsOf(dim).keys()) {
        const owner = owners.get(item);
        if (owner !== undefined) found.add(owner);
      }
    }
  }
  const open = settings.places.filter(([, { outputs }]) =>
    outputs.some((output) => output !== undefined && isOpenShape(types.get(output)?.shape)),
  );
  for (const name of settings.inputsOf(open.map(([value]) => value))) found.add(name);
  return found;
}

/** The input's elements as symbols; undefined where it cannot hold sizes, or has more or fewer of them from run to run. */
function elementsOf(name: string, { type, shape }: Given): SymbolicTensor | undefined {
  if (type === undefined || !isInteger(type) || shape === undefined || !isConcrete(shape)) return undefined;
  const elements = Array.from({ length: elementCount(shape) }, (_, i) =>
    symbol(symbolName(name, i), { reason: 'an element of an input' }),
  );
  return { type, dims: shape, elements };
}

function symbolName(input: string, element: number): string {
  return `${input}[${element}]`;
}

/** Whether more has to be known for the shape than sizes of inputs. */
function isOpenShape(shape: Shape | undefined): boolean {
  return shape?.every((dim) => [...symbolsOf(dim).values()].every(({ reason }) => reason === undefined)) !== true;
}

/** Inputs of operators, by the names that signatures give them, that say what is done. */
const settingNames = [
  ...['K', 'axes', 'axis', 'block_shape', 'depth', 'image_shape', 'pads', 'repeats', 'roi', 'scales', 'shape', 'size'],
  ...['sizes', 'split', 'steps'],
];
/** Those that may be others in each run while sizes stay: only where sizes do not are they compiled for. */
const placeNames = ['delta', 'ends', 'limit', 'start', 'starts'];

/** Scales and zero points of quantized operators. */
const quantizationName = /^[abwxy]_(scale|zero_point)$/;

/** What tells operators what to do and is computed of small inputs alone. */
class Settings {
  readonly always = new Set<Value>();
  /** With the node that reads it. */
  readonly places: (readonly [Value, Node])[] = [];
  private readonly inputs: ReadonlySet<Value>;
  private readonly producers = new Map<Value, Node>();
  /** Values that are known once the small inputs and all sizes are. */
  private readonly settled: Set<Value>;

  constructor(
    graph: Graph,
    private readonly small: ReadonlyMap<string, Given>,
  ) {
    this.inputs = new Set(graph.inputs.filter(({ name }) => small.has(name)));
    this.settled = new Set(this.inputs);
    this.visit(graph);
  }

  private visit({ constants, nodes }: Graph): void {
    for (const value of constants.keys()) this.settled.add(value);
    for (const node of nodes) {
      const bound = bindLeniently(node);
      const graphs = subgraphsOf(node);
      if (bound?.operator.isDeterministic === true && graphs.length === 0) this.settle(node);
      if (bound?.operator.domain === '') this.list(node, new Map(Object.entries(bound.inputs)));
      for (const { graph } of graphs) this.visit(graph);
    }
  }

  private settle(node: Node): void {
    if (!tellsSizes(node) && node.inputs.some((value) => value !== undefined && !this.settled.has(value))) return;
    for (const output of node.outputs) {
      if (output === undefined) continue;
      this.settled.add(output);
      this.producers.set(output, node);
    }
  }

  private list(node: Node, named: ReadonlyMap<string, unknown>): void {
    const isSettled = (value: unknown): value is Value => value instanceof Value && this.settled.has(value);
    for (const [name, value] of named)
      if (quantizationName.test(name) && isSettled(value) && this.isPerPlan(node, value)) this.always.add(value);
    for (const value of settingNames.map((name) => named.get(name))) if (isSettled(value)) this.always.add(value);
    for (const value of placeNames.map((name) => named.get(name)))
      if (isSettled(value)) this.places.push([value, node]);
  }

  /** Whether kernels want a scale or zero point as a number: a single one is read in each run where nothing is multiplied by it first. */
  private isPerPlan({ opType }: Node, value: Value): boolean {
    const shape = this.small.get(value.name)?.shape;
    return opType.startsWith('QLinear') || shape?.some((size) => size !== 1) === true;
  }

  /** Names of the inputs that the values are computed of. */
  *inputsOf(values: Iterable<Value>): Iterable<string> {
    const seen = new Set<Value>();
    const open = [...values];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (this.inputs.has(next)) yield next.name;
      const node = this.producers.get(next);
      if (node !== undefined && !tellsSizes(node)) open.push(...node.inputs.filter((input) => input !== undefined));
    }
  }
}

/** What these make are sizes, whatever the elements are. */
function tellsSizes({ domain, opType }: Node): boolean {
  return domain === '' && (opType === 'Shape' || opType === 'Size');
}
