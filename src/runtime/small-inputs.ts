/** Inputs of few elements, which a model may be compiled for: what tells which it is comes with a model that has such. */
import type { Bindings } from '../ir/dim.js';
import type { ElementType } from '../ir/element-type.js';
import { constantFromTensor, type Graph, type Model } from '../ir/graph.js';
import type { Shape } from '../ir/shape.js';
import { Tensor } from '../ir/tensor.js';
import { mostSizes } from './most-sizes.js';

/** A value that a run gives, perhaps small enough to be compiled for. */
export interface Given {
  readonly type: ElementType | undefined;
  /** A size that is open may be small in a run. */
  readonly shape: Shape | undefined;
}

export function mayBeSmall({ type, shape = [] }: Given): boolean {
  if (type === undefined || type === 'string' || shape.length > 1) return false;
  return shape.every((dim) => typeof dim !== 'number' || dim <= mostSizes);
}

/** Names of the inputs that decide shapes or what operators do. In a run, those that are small are compiled for. */
export async function sizeInputsOf(graph: Graph, bindings: Bindings): Promise<ReadonlySet<string>> {
  const given = graph.inputs.flatMap(({ name, declared }): [string, Given][] =>
    declared?.kind === 'tensor' ? [[name, { type: declared.elementType, shape: declared.shape }]] : [],
  );
  if (!given.some(([, input]) => mayBeSmall(input))) return new Set();
  const { decidingInputs } = await import('./size-inputs.js');
  return decidingInputs(graph, { bindings }, new Map(given));
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
