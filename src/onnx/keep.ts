/** Collects what the graph does not model from messages. */
import type { Graph, Metadata, Node, Value, ValueType } from '../ir/graph.js';
import {
  functionKey,
  type GraphKept,
  type KeptFunction,
  type KeptInfo,
  type ListedNames,
  type NodeKept,
  present,
} from './kept.js';
import { emptyField, keptMetadata, rawFields, textField } from './kept-fields.js';
import type {
  AttributeProtoLike,
  FunctionProtoLike,
  GraphProtoLike,
  NodeProtoLike,
  SparseTensorProtoLike,
  TensorProtoLike,
  ValueInfoProtoLike,
} from './proto.js';
import { isWrittenAs } from './written-type.js';

/** A ValueInfoProto and what it was read as. */
export interface Declaration {
  readonly proto: ValueInfoProtoLike;
  readonly name: string;
  readonly type: ValueType | undefined;
  readonly metadata: Metadata;
}

export function keepNode(
  proto: NodeProtoLike,
  metadata: Metadata,
  { call, callee }: Pick<NodeKept, 'call'> & Partial<Pick<NodeKept, 'callee'>>,
): NodeKept | undefined {
  const raw = rawFields(
    proto,
    emptyField(3, proto, 'name'),
    emptyField(4, proto, 'opType'),
    textField(6, present(proto, 'docString')),
    // The two ways to write the default domain.
    proto.domain === 'ai.onnx' ? textField(7, proto.domain) : emptyField(7, proto, 'domain'),
    textField(8, present(proto, 'overload')),
  );
  const [inputs, outputs] = [namesIn(proto.input), namesIn(proto.output)];
  // Nodes of a function also have the metadata of the call.
  const own = call === undefined ? keptMetadata(proto.metadataProps ?? [], metadata) : undefined;
  const endsAbsent = inputs.all > inputs.named || outputs.all > outputs.named;
  const isPlain = raw.length === 0 && !endsAbsent && own === undefined && call === undefined && callee === undefined;
  return isPlain ? undefined : { raw, inputs, outputs, metadata: own, call, callee };
}

function namesIn(names: readonly string[] | null | undefined): ListedNames {
  const list = names ?? [];
  return { all: list.length, named: list.findLastIndex((name) => name !== '') + 1 };
}

export type ReadGraph = Pick<GraphKept, 'inputs' | 'outputs' | 'valueInfo'> & {
  readonly statements: readonly Node[];
  readonly unlisted: readonly Value[];
};

export function keepGraph(proto: GraphProtoLike, { nodes }: Graph, read: ReadGraph): GraphKept {
  const { statements, inputs, outputs, valueInfo, unlisted } = read;
  const isAsRead = statements.length === nodes.length && statements.every((node, i) => node === nodes[i]);
  return {
    raw: rawFields(proto, emptyField(2, proto, 'name'), textField(10, present(proto, 'docString'))),
    nodes,
    statements: isAsRead ? undefined : statements,
    inputs,
    outputs,
    valueInfo,
    annotations: proto.quantizationAnnotation ?? [],
    unlisted: new Set(unlisted),
  };
}

/** @param value the value of that name */
export function keepInfo({ proto, name, type, metadata }: Declaration, value: Value | undefined): KeptInfo {
  const raw = rawFields(proto, emptyField(1, proto, 'name'), textField(3, present(proto, 'docString')));
  const entries = proto.metadataProps ?? [];
  const hasOwnMetadata = value?.metadata !== metadata || keptMetadata(entries, metadata) !== undefined;
  return { raw, name, value, type: keptType(proto, type, value), metadata: hasOwnMetadata ? entries : undefined };
}

function keptType({ type: proto }: ValueInfoProtoLike, type: ValueType | undefined, value: Value | undefined) {
  if (!proto) return value?.declared === undefined ? undefined : null;
  return type !== undefined && value?.declared === type && isWrittenAs(type, proto) ? undefined : proto;
}

/** undefined for a function that did not come from a file, which cannot be written unchanged. */
export function keepFunction(proto: FunctionProtoLike): KeptFunction | undefined {
  if (proto.$bytes === undefined) return undefined;
  const contents = new FunctionContents();
  contents.nodes(proto.node ?? []);
  for (const attribute of proto.attributeProto ?? []) contents.attribute(attribute);
  const { operators, hasExternalData } = contents;
  const key = functionKey(proto.domain, proto.name, proto.overload);
  return { key, bytes: proto.$bytes, operators, hasExternalData };
}

/** Collects the operators and external tensors of a function, including its subgraphs. */
class FunctionContents {
  readonly operators = new Set<string>();
  hasExternalData = false;

  nodes(nodes: readonly NodeProtoLike[]): void {
    for (const { domain, opType, overload, attribute } of nodes) {
      this.operators.add(functionKey(domain, opType, overload));
      for (const item of attribute ?? []) this.attribute(item);
    }
  }

  attribute({ t, tensors, sparseTensor, sparseTensors, g, graphs }: AttributeProtoLike): void {
    for (const tensor of [t, ...(tensors ?? [])]) this.tensor(tensor);
    for (const sparse of [sparseTensor, ...(sparseTensors ?? [])]) this.sparse(sparse);
    for (const graph of [g, ...(graphs ?? [])]) {
      this.nodes(graph?.node ?? []);
      for (const tensor of graph?.initializer ?? []) this.tensor(tensor);
      for (const sparse of graph?.sparseInitializer ?? []) this.sparse(sparse);
    }
  }

  private sparse(sparse: SparseTensorProtoLike | null | undefined): void {
    this.tensor(sparse?.values);
    this.tensor(sparse?.indices);
  }

  private tensor(tensor: TensorProtoLike | null | undefined): void {
    if (tensor && (tensor.externalData?.length ?? 0) > 0) this.hasExternalData = true;
  }
}
