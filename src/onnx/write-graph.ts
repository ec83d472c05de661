/** Graph → GraphProto. */
import type { Attribute, Graph, Metadata, Node, Value, ValueType } from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
import { MessageWriter } from './write-message.js';
import { Names } from './write-names.js';
import { entry, type TensorWriter, writeSparseTensor, writeTensor } from './write-tensor.js';
import { writeType } from './write-type.js';

/** The first IR version whose graphs need not list their initialisers among the inputs (IR.md). */
const separateInitializers = 4;

export interface GraphWriterOptions {
  readonly irVersion: number;
  /** What is known of inner values, in place of what the file declared. */
  readonly types: ReadonlyMap<Value, TensorType>;
  readonly tensors: TensorWriter;
}

export class GraphWriter {
  constructor(private readonly options: GraphWriterOptions) {}

  graph(graph: Graph, outer?: Names): MessageWriter {
    const { tensors, irVersion } = this.options;
    const names = new Names(graph, outer);
    const message = new MessageWriter();
    for (const node of graph.nodes) message.message(1, this.node(node, names));
    if (graph.name !== '') message.text(2, graph.name);
    for (const [value, constant] of graph.constants) {
      const name = names.of(value);
      if (constant.sparse === undefined) message.message(5, writeTensor(constant, name, tensors));
      else message.message(15, writeSparseTensor(constant.sparse, name, tensors));
    }
    for (const input of graph.inputs) message.message(11, this.info(input, names, input.declared));
    if (irVersion < separateInitializers) {
      for (const [value, { type, dims }] of graph.constants) {
        message.message(11, this.info(value, names, { kind: 'tensor', elementType: type, shape: dims }));
      }
    }
    for (const output of graph.outputs) {
      message.message(12, this.info(output, names, output.declared ?? this.inferred(output)));
    }
    this.inner(graph, names, message);
    return message;
  }

  /** value_info of what is neither an input nor an output. */
  private inner(graph: Graph, names: Names, message: MessageWriter): void {
    const ends = new Set<Value>([...graph.inputs, ...graph.outputs]);
    const values = new Set<Value>();
    for (const [value] of graph.constants)
      if (value.declared !== undefined || value.metadata.size > 0) values.add(value);
    for (const node of graph.nodes) for (const output of node.outputs) if (output !== undefined) values.add(output);
    for (const value of values) {
      if (ends.has(value)) continue;
      const type = value.declared?.kind === 'other' ? value.declared : (this.inferred(value) ?? value.declared);
      if (type !== undefined || value.metadata.size > 0) message.message(13, this.info(value, names, type));
    }
  }

  private inferred(value: Value): ValueType | undefined {
    const type = this.options.types.get(value);
    return type?.elementType === undefined ? undefined : { kind: 'tensor', ...type };
  }

  private info(value: Value, names: Names, type: ValueType | undefined): MessageWriter {
    const message = new MessageWriter();
    message.text(1, names.of(value));
    if (type !== undefined) message.message(2, writeType(type));
    writeMetadata(message, 4, value.metadata);
    return message;
  }

  private node(node: Node, names: Names): MessageWriter {
    const message = new MessageWriter();
    for (const input of node.inputs) message.text(1, input === undefined ? '' : names.of(input));
    for (const output of node.outputs) message.text(2, output === undefined ? '' : names.of(output));
    if (node.name !== '') message.text(3, node.name);
    message.text(4, node.opType);
    for (const [name, attribute] of node.attributes) message.message(5, this.attribute(name, attribute, names));
    if (node.domain !== '') message.text(7, node.domain);
    writeMetadata(message, 9, node.metadata);
    return message;
  }

  private attribute(name: string, attribute: Attribute, names: Names): MessageWriter {
    const { tensors } = this.options;
    const message = new MessageWriter();
    message.text(1, name);
    message.integer(20, typeNumbers[attribute.kind]);
    switch (attribute.kind) {
      case 'float':
        message.float(2, attribute.value);
        break;
      case 'int':
        message.integer(3, attribute.value);
        break;
      case 'string':
        message.bytes(4, attribute.value);
        break;
      case 'tensor':
        message.message(5, writeTensor(attribute.value, '', tensors));
        break;
      case 'graph':
        message.message(6, this.graph(attribute.value, names));
        break;
      case 'type':
        message.message(14, writeType(attribute.value));
        break;
      case 'sparseTensor':
        message.message(22, writeSparseTensor(attribute.value, '', tensors));
        break;
      case 'floats':
        for (const value of attribute.value) message.float(7, value);
        break;
      case 'ints':
        for (const value of attribute.value) message.integer(8, value);
        break;
      case 'strings':
        for (const value of attribute.value) message.bytes(9, value);
        break;
      case 'tensors':
        for (const value of attribute.value) message.message(10, writeTensor(value, '', tensors));
        break;
      case 'graphs':
        for (const value of attribute.value) message.message(11, this.graph(value, names));
        break;
      case 'types':
        for (const value of attribute.value) message.message(15, writeType(value));
        break;
      case 'sparseTensors':
        for (const value of attribute.value) message.message(23, writeSparseTensor(value, '', tensors));
        break;
    }
    return message;
  }
}

/** AttributeProto.AttributeType. */
const typeNumbers: Readonly<Record<Attribute['kind'], number>> = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparseTensor: 11,
  sparseTensors: 12,
  type: 13,
  types: 14,
};

export function writeMetadata(message: MessageWriter, field: number, metadata: Metadata): void {
  for (const [key, value] of metadata) message.message(field, entry(key, value));
}
