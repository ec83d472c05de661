/**
 * What a file contains beyond what the graph models: documentation, fields of future versions, and which of several
 * encodings it uses. The reader attaches it to the objects that it makes, and the writer writes it again for objects
 * that still exist; nothing else reads it. Usually there is nothing to keep, and no record.
 */
import type { Attribute, Constant, Graph, Kept, Metadata, Model, Node, SparseConstant, Value } from '../ir/graph.js';
import { domainName } from './opsets.js';
import type { EntryLike, OperatorSetIdLike, PayloadLike, TensorAnnotationLike, TypeProtoLike } from './proto.js';

/**
 * Fields as they stand in the file, tags included. They are written before other fields. If a field occurs twice in a
 * message, the last one counts, so the graph's current content prevails.
 */
export type RawFields = readonly Uint8Array[];

interface WithRaw {
  readonly raw: RawFields;
}

export interface ModelKept extends Kept<'model'>, WithRaw {
  /** training_info, which refers to the graph's values by name. */
  readonly training: RawFields;
  /** Path of its file on this machine. */
  readonly file: string | undefined;
  /** The graph that was read. */
  readonly graph: Graph;
  readonly opsets: readonly OperatorSetIdLike[];
  /** The versions as they were read. */
  readonly versions: ReadonlyMap<string, number>;
  /** The version of ai.onnx that was assumed if nothing imports it. */
  readonly assumedOpset: number | undefined;
  readonly metadata: KeptMetadata | undefined;
  readonly functions: readonly KeptFunction[];
}

/** A function as it is in the file. */
export interface KeptFunction {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Keys of its nodes' operators, including functions. */
  readonly operators: ReadonlySet<string>;
  /**
   * Whether some of its tensors are in other files. It can be written only if those files are still in their place.
   */
  readonly hasExternalData: boolean;
}

/** Metadata that a map cannot represent: repeated keys, entries without a key or a value. */
export interface KeptMetadata {
  readonly entries: readonly EntryLike[];
  /** The metadata as it was read. */
  readonly metadata: Metadata;
}

export interface GraphKept extends Kept<'graph'>, WithRaw {
  /** The nodes as read. If the graph still has this list object, its nodes are as in the file. */
  readonly nodes: readonly Node[];
  /** The nodes of the file in its order, including calls of functions; absent if they are equal to `nodes`. */
  readonly statements: readonly Node[] | undefined;
  readonly inputs: readonly KeptInfo[];
  readonly outputs: readonly KeptInfo[];
  readonly valueInfo: readonly KeptInfo[];
  readonly annotations: readonly TensorAnnotationLike[];
  /** Constants that are not listed as inputs although the IR version requires it. */
  readonly unlisted: ReadonlySet<Value>;
}

/** A ValueInfoProto. */
export interface KeptInfo extends WithRaw {
  readonly name: string;
  /** undefined if no value has that name. */
  readonly value: Value | undefined;
  /** The type, if it cannot be written from the value's declaration; null if the info has none. */
  readonly type: TypeProtoLike | null | undefined;
  /** The entries, if they differ from the value's metadata. */
  readonly metadata: readonly EntryLike[] | undefined;
}

/** How many names a file lists for a node's inputs or outputs. */
export interface ListedNames {
  readonly all: number;
  /** Without trailing empty ones. */
  readonly named: number;
}

export interface NodeKept extends Kept<'node'>, WithRaw {
  readonly inputs: ListedNames;
  readonly outputs: ListedNames;
  readonly metadata: KeptMetadata | undefined;
  /** The outermost call that the node comes from. */
  readonly call: Call | undefined;
  /** The key of the function that the node calls. */
  readonly callee: string | undefined;
}

/** A function call that was replaced by the function's nodes. */
export interface Call {
  readonly node: Node;
  /** The nodes that replaced it. */
  nodes: readonly Node[];
}

export interface AttributeKept extends Kept<'attribute'>, WithRaw {
  /** Fields that would be written but are absent in the file. */
  readonly absent: ReadonlySet<'name' | 'type' | 'value'>;
  /** The content of fields that the attribute's type does not name. */
  readonly others: readonly Attribute[];
  /** The types, for attributes that are types. */
  readonly types: readonly TypeProtoLike[] | undefined;
}

export interface TensorKept extends Kept<'tensor'>, WithRaw {
  /** The tensor's own name, which may differ from its owner's. */
  readonly name: string;
  /** Fields with elements by number, if elements are not only in raw_data. */
  readonly payload: readonly (readonly [number, PayloadLike | readonly Uint8Array[]])[] | undefined;
  /** external_data. */
  readonly entries: readonly EntryLike[];
}

export interface SparseKept extends Kept<'sparse'>, WithRaw {}

export function keptOf(thing: Model): ModelKept | undefined;
export function keptOf(thing: Graph): GraphKept | undefined;
export function keptOf(thing: Node): NodeKept | undefined;
export function keptOf(thing: Attribute): AttributeKept | undefined;
export function keptOf(thing: Constant): TensorKept | undefined;
export function keptOf(thing: SparseConstant): SparseKept | undefined;
export function keptOf(thing: { readonly kept?: unknown }): unknown {
  return thing.kept;
}

export const noFields: RawFields = [];

/** The field's value if the message has the field, otherwise undefined. */
export function present<T extends object, K extends keyof T>(message: T, key: K): NonNullable<T[K]> | undefined {
  return Object.hasOwn(message, key) ? (message[key] ?? undefined) : undefined;
}

/** The key of a node's operator, and of the operator that a function defines. */
export function functionKey(domain: Text, name: Text, overload: Text): string {
  return `${domainName(domain)}\n${name ?? ''}\n${overload ?? ''}`;
}

type Text = string | null | undefined;
