/**
 * Inputs whose elements decide shapes: a Shape that another model computed, the target of a Reshape. A model is compiled
 * for the elements of these as it is for the sizes of the others, so that all shapes are known and kernels can run.
 */
import { infer } from '../infer/infer.js';
import { type Bindings, symbol, symbolsOf } from '../ir/dim.js';
import { constantFromTensor, type Graph, type Model, type Value } from '../ir/graph.js';
import type { SymbolicTensor } from '../ir/quantity.js';
import { isConcrete } from '../ir/shape.js';
import { elementCount, Tensor } from '../ir/tensor.js';

/** Elements of such an input at most: no tensor has more axes, so a longer input is data. */
export const mostSizes = 16;

/** Names of the inputs of few integers on which the shape of some value depends. */
export function sizeInputsOf(graph: Graph, bindings: Bindings): ReadonlySet<string> {
  const candidates = new Map<string, SymbolicTensor>();
  for (const input of graph.inputs) {
    const known = unknownSizes(input);
    if (known !== undefined) candidates.set(input.name, known);
  }
  if (candidates.size === 0) return new Set();
  const owners = new Map<string, string>();
  for (const [name, { elements }] of candidates)
    elements.forEach((_, i) => {
      owners.set(symbolName(name, i), name);
    });
  const found = new Set<string>();
  for (const { shape } of infer(graph, { bindings, inputValues: candidates }).types.values()) {
    for (const dim of shape ?? []) {
      if (typeof dim === 'number') continue;
      for (const item of symbolsOf(dim).keys()) {
        const owner = owners.get(item);
        if (owner !== undefined) found.add(owner);
      }
    }
  }
  return found;
}

/** The input's elements as symbols; undefined where it cannot hold sizes. */
function unknownSizes({ name, declared }: Value): SymbolicTensor | undefined {
  if (declared?.kind !== 'tensor' || declared.shape === undefined || declared.shape.length > 1) return undefined;
  const { elementType: type, shape } = declared;
  if ((type !== 'int64' && type !== 'int32') || !isConcrete(shape) || elementCount(shape) > mostSizes) return undefined;
  const elements = Array.from({ length: elementCount(shape) }, (_, i) =>
    symbol(symbolName(name, i), { reason: 'an element of an input' }),
  );
  return { type, dims: shape, elements };
}

function symbolName(input: string, element: number): string {
  return `${input}[${element}]`;
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
