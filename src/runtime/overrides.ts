/**
 * Initializers that are inputs as well: defaults, in whose place a program may feed others (IR version 4 on). Fed ones are
 * inputs of a model of its own.
 */
import type { Graph, Model, Value } from '../ir/graph.js';

/** Inputs with defaults that are among `names`, in the order of the graph. */
export function overriddenInputs(
  { overridable }: { readonly overridable?: Graph['overridable'] | undefined },
  names: Pick<ReadonlyMap<string, unknown>, 'has'>,
): readonly Value[] {
  return [...(overridable ?? [])].filter(({ name }) => names.has(name));
}

/** The model with these inputs last, and without their defaults. */
export function withoutDefaults(model: Model, inputs: readonly Value[]): Model {
  return inputs.length === 0 ? model : { ...model, graph: graphWithoutDefaults(model.graph, inputs) };
}

/** The graph with these inputs last, and without their defaults. */
export function graphWithoutDefaults(graph: Graph, inputs: readonly Value[]): Graph {
  if (inputs.length === 0) return graph;
  const { overridable, ...rest } = graph;
  const fed = new Set(inputs);
  const others = new Set([...(overridable ?? [])].filter((value) => !fed.has(value)));
  const constants = new Map([...graph.constants].filter(([value]) => !fed.has(value)));
  const changed = { ...rest, inputs: [...graph.inputs, ...inputs], constants };
  return others.size === 0 ? changed : { ...changed, overridable: others };
}
