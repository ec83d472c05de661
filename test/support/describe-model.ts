/** Everything a model holds, as plain data to compare: values by name, weights by content. */
import { createHash } from 'node:crypto';
import { type Attribute, type Constant, type Graph, type Model, subgraphsOf, type Value } from '../../src/ir/graph.js';

export function describeModel(model: Model): unknown {
  return {
    irVersion: model.irVersion,
    opsets: [...model.opsets],
    producer: model.producer,
    metadata: [...model.metadata],
    graph: describeGraph(model.graph),
  };
}

function describeGraph(graph: Graph): unknown {
  return {
    name: graph.name,
    inputs: graph.inputs.map(describeValue),
    outputs: graph.outputs.map(describeValue),
    constants: [...graph.constants].map(([value, constant]) => [describeValue(value), describeConstant(constant)]),
    nodes: graph.nodes.map((node) => ({
      name: node.name,
      domain: node.domain,
      opType: node.opType,
      opset: node.opset,
      inputs: node.inputs.map((value) => value?.name),
      outputs: node.outputs.map((value) => value && describeValue(value)),
      attributes: [...node.attributes].map(([name, attribute]) => [name, describeAttribute(attribute)]),
      metadata: [...node.metadata],
    })),
  };
}

function describeValue({ name, declared, metadata }: Value): unknown {
  const shape = declared?.kind === 'tensor' ? declared.shape?.map(String) : undefined;
  return { name, declared: declared && { ...declared, shape }, metadata: [...metadata] };
}

export function describeConstant(constant: Constant): unknown {
  const { type, dims, storage, place, sparse } = constant;
  if (sparse !== undefined) {
    return { dims, values: describeConstant(sparse.values), indices: describeConstant(sparse.indices) };
  }
  return { type, dims, storage, place, content: contentOf(constant) };
}

function contentOf(constant: Constant): string {
  const hash = createHash('sha256');
  if (constant.type.startsWith('complex')) return hash.update(constant.bytes!()).digest('hex');
  const { data } = constant.load();
  if (Array.isArray(data)) return hash.update(JSON.stringify(data)).digest('hex');
  return hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).digest('hex');
}

function describeAttribute({ kind, value }: Attribute): unknown {
  switch (kind) {
    case 'graph':
      return { kind, value: describeGraph(value) };
    case 'graphs':
      return { kind, value: value.map(describeGraph) };
    case 'tensor':
      return { kind, value: describeConstant(value) };
    case 'tensors':
      return { kind, value: value.map(describeConstant) };
    case 'sparseTensor':
      return { kind, value: [describeConstant(value.values), describeConstant(value.indices), value.dims] };
    case 'sparseTensors':
      return { kind, value: value.map(({ values, indices }) => [describeConstant(values), describeConstant(indices)]) };
    case 'string':
      return { kind, value: [...value] };
    case 'strings':
      return { kind, value: value.map((item) => [...item]) };
    case 'type':
      return { kind, value: JSON.stringify(value) };
    case 'types':
      return { kind, value: value.map((item) => JSON.stringify(item)) };
    default:
      return { kind, value };
  }
}

/** The graph and those inside its nodes. */
export function* graphsOf(graph: Graph): Iterable<Graph> {
  yield graph;
  for (const node of graph.nodes) for (const inner of subgraphsOf(node)) yield* graphsOf(inner.graph);
}
