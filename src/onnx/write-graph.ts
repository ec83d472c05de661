/** Graph → GraphProto. */
import { defineProblem, fail, formatNode } from '../diagnostics.js';
import type { Attribute, Graph, Metadata, Node, Value } from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
import { type Call, type KeptMetadata, keptOf, type ListedNames } from './kept.js';
import { statementsOf } from './statements.js';
import { InfoWriter } from './write-infos.js';
import { MessageWriter } from './write-message.js';
import { Names } from './write-names.js';
import { entry, type TensorWriter, writeEntry, writeSparseTensor, writeTensor } from './write-tensor.js';
import { writeType, writeTypeProto } from './write-type.js';

export interface GraphWriterOptions {
  readonly irVersion: number;
  readonly opsets: ReadonlyMap<string, number>;
  /** Whether a node of another opset than the model's has the same meaning in `opset`. */
  isSameIn(node: Node, opset: number): boolean;
  /** Types of inner values that replace the file's declarations; without it everything stays as in the file. */
  readonly types: ReadonlyMap<Value, TensorType> | undefined;
  readonly tensors: TensorWriter;
  /** Whether the function with this key can be written. */
  mayCall(callee: string): boolean;
}

const opsetsDiffer = defineProblem(
  'US1010',
  { node: 'string', version: 'integer', opset: 'integer' },
  ({ node, version, opset }) => ({
    message: `${node} comes from a function of another operator set than the model's`,
    expected: `operator set ${version}`,
    actual: String(opset),
    hint: 'convert the model with onnx.version_converter, or export it again without functions',
  }),
);

export class GraphWriter {
  /** Keys of the functions that written nodes call. */
  readonly callees = new Set<string>();
  /** Versions of domains that are imported only by functions whose calls stay inlined. */
  readonly imports = new Map<string, number>();

  constructor(private readonly options: GraphWriterOptions) {}

  graph(original: Graph, outer?: Names): MessageWriter {
    const { tensors, types } = this.options;
    const kept = keptOf(original);
    const isAsRead = kept?.nodes === original.nodes;
    const nodes = statementsOf(original, {
      inFileOrder: types === undefined,
      mayCall: (call) => this.options.mayCall(calleeOf(call)),
      isOuter: (value) => outer?.has(value) === true,
    });
    const graph = { ...original, nodes };
    const names = new Names(graph, { outer, mayHide: isAsRead });
    const message = new MessageWriter();
    message.raw(kept?.raw);
    for (const node of nodes) message.message(1, this.node(node, names));
    message.textUnlessEmpty(2, graph.name);
    for (const [value, constant] of graph.constants) {
      const name = names.of(value);
      if (constant.sparse === undefined) message.message(5, writeTensor(constant, name, tensors));
      else message.message(15, writeSparseTensor(constant.sparse, name, tensors));
    }
    new InfoWriter(graph, names, this.options).write(message, isAsRead);
    return message;
  }

  private node(node: Node, names: Names): MessageWriter {
    this.checkOpset(node);
    const kept = keptOf(node);
    if (kept?.callee !== undefined) this.callees.add(kept.callee);
    const message = new MessageWriter();
    message.raw(kept?.raw);
    for (const input of padded(node.inputs, kept?.inputs)) message.text(1, input === undefined ? '' : names.of(input));
    for (const output of padded(node.outputs, kept?.outputs))
      message.text(2, output === undefined ? '' : names.of(output));
    message.textUnlessEmpty(3, node.name);
    message.textUnlessEmpty(4, node.opType);
    for (const [name, attribute] of node.attributes) message.message(5, this.attribute(name, attribute, names));
    message.textUnlessEmpty(7, node.domain);
    writeMetadata(message, 9, node.metadata, kept?.metadata);
    return message;
  }

  private checkOpset(node: Node): void {
    const { opsets, isSameIn } = this.options;
    const version = opsets.get(node.domain) ?? this.imports.get(node.domain);
    if (version === undefined) {
      // The model must import what a function imported. Nodes of the file itself did not need the import.
      if (keptOf(node)?.call !== undefined) this.imports.set(node.domain, node.opset);
    } else if (version !== node.opset && !isSameIn(node, version)) {
      fail(opsetsDiffer({ node: formatNode(node), version, opset: node.opset }));
    }
  }

  private attribute(name: string, attribute: Attribute, names: Names): MessageWriter {
    const kept = keptOf(attribute);
    const message = new MessageWriter();
    message.raw(kept?.raw);
    for (const other of kept?.others ?? []) this.value(message, other, names);
    if (kept?.absent.has('name') !== true) message.text(1, name);
    if (kept?.absent.has('type') !== true) message.integer(20, typeNumbers[attribute.kind]);
    if (kept?.absent.has('value') !== true) this.value(message, attribute, names);
    return message;
  }

  private value(message: MessageWriter, attribute: Attribute, names: Names): void {
    const { tensors } = this.options;
    const types = keptOf(attribute)?.types?.map(writeTypeProto);
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
        message.message(14, types?.[0] ?? writeType(attribute.value));
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
        for (const type of types ?? attribute.value.map(writeType)) message.message(15, type);
        break;
      case 'sparseTensors':
        for (const value of attribute.value) message.message(23, writeSparseTensor(value, '', tensors));
        break;
    }
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

function calleeOf({ node }: Call): string {
  return keptOf(node)!.callee!;
}

/** The values, with as many trailing empty names as in the file, if they are as many as there. */
function padded(values: readonly (Value | undefined)[], listed?: ListedNames): readonly (Value | undefined)[] {
  if (values.length !== listed?.named) return values;
  return [...values, ...new Array<undefined>(listed.all - listed.named).fill(undefined)];
}

/** Writes the entries as they were read if the metadata is unchanged. */
export function writeMetadata(message: MessageWriter, field: number, metadata: Metadata, kept?: KeptMetadata): void {
  if (kept?.metadata === metadata) for (const item of kept.entries) message.message(field, writeEntry(item));
  else for (const [key, value] of metadata) message.message(field, entry(key, value));
}
