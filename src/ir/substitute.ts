import type { Attribute, Graph, Value } from './graph.js';

/** The graph with other values in the place of some, its subgraphs included. */
export function substituted(graph: Graph, values: ReadonlyMap<Value, Value>): Graph {
  if (values.size === 0) return graph;
  const other = <T extends Value | undefined>(value: T): T => ((value && values.get(value)) as T) ?? value;
  const attributeOf = (attribute: Attribute): Attribute => {
    if (attribute.kind === 'graph') return { kind: 'graph', value: substituted(attribute.value, values) };
    if (attribute.kind !== 'graphs') return attribute;
    return { kind: 'graphs', value: attribute.value.map((inner) => substituted(inner, values)) };
  };
  return {
    ...graph,
    inputs: graph.inputs.map(other),
    outputs: graph.outputs.map(other),
    constants: new Map([...graph.constants].map(([value, constant]) => [other(value), constant])),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(other),
      outputs: node.outputs.map(other),
      attributes: new Map([...node.attributes].map(([name, attribute]) => [name, attributeOf(attribute)])),
    })),
  };
}
