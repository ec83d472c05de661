/**
 * Copies of nodes that own their elements: what references read of attributes and subgraphs during a run must not depend
 * on the model's files, nor keep their bytes in memory.
 */
import {
  type Attribute,
  type Constant,
  constantFromTensor,
  type Graph,
  type Node,
  type SparseConstant,
  subgraphsOf,
  type Value,
} from '../ir/graph.js';
import { Tensor } from '../ir/tensor.js';

/**
 * The same node, with the same values, its constants loaded.
 * @throws ProblemError for constants that cannot be loaded
 */
export function ownNode(node: Node): Node {
  const attributes = [...node.attributes].map(([name, attribute]) => [name, ownAttribute(attribute)] as const);
  return { ...node, attributes: new Map(attributes) };
}

function ownAttribute(attribute: Attribute): Attribute {
  switch (attribute.kind) {
    case 'tensor':
      return { kind: 'tensor', value: ownConstant(attribute.value) };
    case 'tensors':
      return { kind: 'tensors', value: attribute.value.map(ownConstant) };
    case 'sparseTensor':
      return { kind: 'sparseTensor', value: ownSparse(attribute.value) };
    case 'sparseTensors':
      return { kind: 'sparseTensors', value: attribute.value.map(ownSparse) };
    case 'graph':
      return { kind: 'graph', value: ownGraph(attribute.value) };
    case 'graphs':
      return { kind: 'graphs', value: attribute.value.map(ownGraph) };
    default:
      return attribute;
  }
}

function ownGraph(graph: Graph): Graph {
  const read = new Set<Value | undefined>(graph.outputs);
  readBy(graph.nodes, read);
  // A constant that nothing reads may have a type that cannot be loaded.
  const constants = [...graph.constants].filter(([value]) => read.has(value));
  return {
    ...graph,
    nodes: graph.nodes.map(ownNode),
    constants: new Map(constants.map(([value, constant]) => [value, ownConstant(constant)])),
  };
}

function readBy(nodes: readonly Node[], read: Set<Value | undefined>): void {
  for (const node of nodes) {
    for (const input of node.inputs) read.add(input);
    for (const { graph } of subgraphsOf(node)) {
      for (const output of graph.outputs) read.add(output);
      readBy(graph.nodes, read);
    }
  }
}

function ownConstant(constant: Constant): Constant {
  return constantFromTensor(ownTensor(constant.load()));
}

function ownSparse({ dims, values, indices }: SparseConstant): SparseConstant {
  return { dims, values: ownConstant(values), indices: ownConstant(indices) };
}

/** Elements that are a view of the model's file would keep all of it in memory. */
export function ownTensor(tensor: Tensor): Tensor {
  const { type, dims, data } = tensor;
  if (!('buffer' in data) || data.byteLength === data.buffer.byteLength) return tensor;
  return new Tensor(type, dims, data.slice());
}
