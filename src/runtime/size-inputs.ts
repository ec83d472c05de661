/**
 * Inputs whose elements decide shapes, or what operators do: a Shape that another model computed, the target of a Reshape,
 * the axes of a sum. A model is compiled for the elements of these as it is for the sizes of the others, so that all shapes
 * are known and kernels can run.
 */
import { type InferOptions, infer } from '../infer/infer.js';
import { type Bindings, symbol, symbolsOf } from '../ir/dim.js';
import { type ElementType, isInteger } from '../ir/element-type.js';
import { constantFromTensor, type Graph, type Model, type Node, subgraphsOf, type Value } from '../ir/graph.js';
import type { SymbolicTensor } from '../ir/quantity.js';
import { isConcrete, type Shape } from '../ir/shape.js';
import { elementCount, Tensor } from '../ir/tensor.js';
import type { BoundOperator } from '../ops/operator.js';

/** Elements of such an input at most: no tensor has more axes, so a longer input is data. */
export const mostSizes = 16;

/** A value that a run gives, perhaps small enough to be compiled for. */
interface Given {
  readonly type: ElementType | undefined;
  /** A size that is open may be small in a run. */
  readonly shape: Shape | undefined;
}

/** Names of the inputs that decide shapes or what operators do. In a run, those that are small are compiled for. */
export function sizeInputsOf(graph: Graph, bindings: Bindings): ReadonlySet<string> {
  const given = graph.inputs.flatMap(({ name, declared }): [string, Given][] =>
    declared?.kind === 'tensor' ? [[name, { type: declared.elementType, shape: declared.shape }]] : [],
  );
  return decidingInputs(graph, { bindings }, new Map(given));
}

/**
 * Of the inputs, by name, those of few numbers on which the shape of some value depends, or what an operator does.
 * @param known beside that
 */
export function decidingInputs(
  graph: Graph,
  known: InferOptions,
  given: ReadonlyMap<string, Given>,
): ReadonlySet<string> {
  const small = new Map([...given].filter(([, input]) => maySmall(input)));
  if (small.size === 0) return new Set();
  const symbols = new Map(known.inputValues);
  const owners = new Map<string, string>();
  for (const [name, input] of small) {
    const elements = elementsOf(name, input);
    if (elements === undefined) continue;
    symbols.set(name, elements);
    elements.elements.forEach((_, i) => {
      owners.set(symbolName(name, i), name);
    });
  }
  const { types, operators } = infer(graph, { ...known, inputValues: symbols });
  const found = new Set<string>();
  for (const { shape } of types.values()) {
    for (const dim of shape ?? []) {
      if (typeof dim === 'number') continue;
      for (const item of symbolsOf(dim).keys()) {
        const owner = owners.get(item);
        if (owner !== undefined) found.add(owner);
      }
    }
  }
  const settled = new Settings(graph, operators, small);
  for (const [node, bound] of operators) {
    const isOpen = node.outputs.some((output) => output !== undefined && isOpenShape(types.get(output)?.shape));
    for (const name of settled.inputsOf(bound, isOpen)) found.add(name);
  }
  return found;
}

function maySmall({ type, shape = [] }: Given): boolean {
  if (type === undefined || type === 'string' || shape.length > 1) return false;
  return shape.every((dim) => typeof dim !== 'number' || dim <= mostSizes);
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
const settings = ['K', 'axes', 'axis', 'block_shape', 'depth', 'image_shape', 'pads', 'repeats', 'roi', 'scales'];
const sizes = ['shape', 'size', 'sizes', 'split', 'steps'];
/** Those that may be others in each run while sizes stay: only where sizes do not are they compiled for. */
const places = ['delta', 'ends', 'limit', 'start', 'starts'];

/** Where what operators do comes from. */
class Settings {
  private readonly producers = new Map<Value, Node>();
  private readonly inputs: ReadonlySet<Value>;

  constructor(
    private readonly graph: Graph,
    private readonly operators: ReadonlyMap<Node, BoundOperator>,
    small: ReadonlyMap<string, unknown>,
  ) {
    for (const node of operators.keys())
      for (const output of node.outputs) if (output !== undefined) this.producers.set(output, node);
    this.inputs = new Set(graph.inputs.filter(({ name }) => small.has(name)));
  }

  /** Names of the graph's inputs from which alone the operator is told what to do. */
  *inputsOf({ operator, inputs }: BoundOperator, isOpen: boolean): Iterable<string> {
    if (operator.domain !== '') return;
    const named = new Map(Object.entries(inputs));
    for (const name of isOpen ? [...settings, ...sizes, ...places] : [...settings, ...sizes]) {
      const value = named.get(name);
      if (value === undefined || Array.isArray(value)) continue;
      for (const source of this.sources(value as Value) ?? []) yield source.name;
    }
  }

  /** The inputs that a value is computed of; undefined where others have a part in it. */
  private sources(value: Value): ReadonlySet<Value> | undefined {
    const found = new Set<Value>();
    const seen = new Set<Value>();
    const open = [value];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (this.inputs.has(next)) found.add(next);
      if (this.inputs.has(next) || this.graph.constants.has(next)) continue;
      const node = this.producers.get(next);
      if (node === undefined || this.operators.get(node)?.operator.isDeterministic !== true) return undefined;
      if (subgraphsOf(node).length > 0) return undefined;
      // What these tell are sizes, whatever the elements are.
      if (node.opType !== 'Shape' && node.opType !== 'Size')
        open.push(...node.inputs.filter((input) => input !== undefined));
    }
    return found;
  }
}

/** The model with these inputs as constants. */
export function withInputsBound(model: Model, values: ReadonlyMap<string, Tensor>): Model {
  if (values.size === 0) return model;
  const { graph } = model;
  const constants = new Map(graph.constants);
  for (const input of graph.inputs) {
    const tensor = values.get(input.name);
    // The caller may change the fed data afterwards.
    if (tensor !== undefined)
      constants.set(input, constantFromTensor(new Tensor(tensor.type, tensor.dims, tensor.data.slice())));
  }
  return { ...model, graph: { ...graph, inputs: graph.inputs.filter(({ name }) => !values.has(name)), constants } };
}
