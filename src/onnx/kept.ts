/**
 * What a file says beside what the graph models: documentation, fields of versions to come, and how it spells what can be
 * spelled in several ways. The reader puts it on what it makes, and the writer writes it again where that is still there;
 * nobody else looks at it. In the common case there is nothing, and no record.
 */
import type { Attribute, Constant, Graph, Kept, Metadata, Model, Node, SparseConstant, Value } from '../ir/graph.js';
import { domainName } from './opsets.js';
import type { EntryLike, OperatorSetIdLike, PayloadLike, TensorAnnotationLike, TypeProtoLike } from './proto.js';
import { concatenate, MessageWriter } from './write-message.js';

/**
 * Fields as they stand in the file, tags included. They are written before the others: where a field is in a message
 * twice, the last counts, so that what the graph says by now prevails.
 */
export type RawFields = readonly Uint8Array[];

interface WithRaw {
  readonly raw: RawFields;
}

export interface ModelKept extends Kept<'model'>, WithRaw {
  /** training_info speaks of the graph's values by name. */
  readonly training: RawFields;
  /** Where its file lies on this machine. */
  readonly file: string | undefined;
  /** The graph that was read. */
  readonly graph: Graph;
  readonly opsets: readonly OperatorSetIdLike[];
  /** What they were read as. */
  readonly versions: ReadonlyMap<string, number>;
  /** The version of ai.onnx, where nothing imports it. */
  readonly assumedOpset: number | undefined;
  readonly metadata: KeptMetadata | undefined;
  readonly functions: readonly KeptFunction[];
}

/** A function as it stands in the file. */
export interface KeptFunction {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Keys of the operators that its nodes are, functions among them. */
  readonly operators: ReadonlySet<string>;
  /** Whether tensors of it lie in other files: it holds only where those do. */
  readonly hasExternalData: boolean;
}

/** Metadata whose entries a map does not hold: keys that repeat, entries without a key or a value. */
export interface KeptMetadata {
  readonly entries: readonly EntryLike[];
  /** What they were read as. */
  readonly metadata: Metadata;
}

export interface GraphKept extends Kept<'graph'>, WithRaw {
  /** The nodes that were read: where the graph still has this very list, its nodes are as in the file. */
  readonly nodes: readonly Node[];
  /** The nodes of the file in its order, calls of functions among them; absent where they are `nodes`. */
  readonly statements: readonly Node[] | undefined;
  readonly inputs: readonly KeptInfo[];
  readonly outputs: readonly KeptInfo[];
  readonly valueInfo: readonly KeptInfo[];
  readonly annotations: readonly TensorAnnotationLike[];
  /** Constants that are no inputs although the IR version wants it. */
  readonly unlisted: ReadonlySet<Value>;
}

/** A ValueInfoProto. */
export interface KeptInfo extends WithRaw {
  readonly name: string;
  /** undefined: nothing makes a value of that name. */
  readonly value: Value | undefined;
  /** The type where it is not written from what the value declares; null for none. */
  readonly type: TypeProtoLike | null | undefined;
  /** Entries, where they are not the value's metadata. */
  readonly metadata: readonly EntryLike[] | undefined;
}

export interface NodeKept extends Kept<'node'>, WithRaw {
  /** Names in the file, absent ones at the end included. */
  readonly inputs: number;
  readonly outputs: number;
  readonly metadata: KeptMetadata | undefined;
  /** The outermost call that the node comes from. */
  readonly call: Call | undefined;
  /** The key of the function that the node calls. */
  readonly callee: string | undefined;
}

/** A function call that was replaced by the function's nodes. */
export interface Call {
  readonly node: Node;
  /** What it became. */
  nodes: readonly Node[];
}

export interface AttributeKept extends Kept<'attribute'>, WithRaw {
  /** Fields that are not in the file though they would be written. */
  readonly absent: ReadonlySet<'name' | 'type' | 'value'>;
  /** What is in fields that the attribute's type does not name. */
  readonly others: readonly Attribute[];
  /** Of attributes that are types. */
  readonly types: readonly TypeProtoLike[] | undefined;
}

export interface TensorKept extends Kept<'tensor'>, WithRaw {
  /** Its own name, which what has it may not know. */
  readonly name: string;
  /** The elements' fields by number, where they are not in raw_data alone. */
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

/** The field's value, where the message has the field. */
export function present<T extends object, K extends keyof T>(message: T, key: K): NonNullable<T[K]> | undefined {
  return Object.hasOwn(message, key) ? (message[key] ?? undefined) : undefined;
}

/**
 * Fields that nothing models: those that the codec did not know, and others. A text that is there and empty is one of
 * them, since it can be told from one that is absent.
 */
export function rawFields(
  message: { readonly $unknowns?: readonly Uint8Array[] },
  ...others: readonly (Uint8Array | undefined)[]
): RawFields {
  const unknown = message.$unknowns;
  if (others.every((field) => field === undefined)) return unknown ?? noFields;
  const fields = others.filter((field) => field !== undefined);
  return unknown === undefined ? fields : [...fields, ...unknown];
}

/** Texts with nothing in them, by the number of their field: some exporters give them to every node. */
const emptyFields = Array.from({ length: 16 }, (_, field) => Uint8Array.of(field * 8 + 2, 0));

export function textField(field: number, text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  const known = text === '' ? emptyFields[field] : undefined;
  if (known !== undefined) return known;
  const message = new MessageWriter();
  message.text(field, text);
  return concatenate(message, message.byteLength);
}

/** A text's field only where it is there and empty: others are modeled. */
export function emptyField<T extends object>(field: number, message: T, key: keyof T): Uint8Array | undefined {
  return message[key] === '' && Object.hasOwn(message, key) ? textField(field, '') : undefined;
}

/** The field's number. */
export function fieldOf(raw: Uint8Array): number {
  let tag = 0;
  for (let i = 0; i < 5 && i < raw.length; i++) {
    tag += (raw[i]! & 127) * 128 ** i;
    if (raw[i]! < 128) break;
  }
  return Math.floor(tag / 8);
}

export function keptMetadata(entries: readonly EntryLike[], metadata: Metadata): KeptMetadata | undefined {
  return isPlain(entries, metadata) ? undefined : { entries, metadata };
}

/** Whether the map of them says it all. */
function isPlain(entries: readonly EntryLike[], { size }: Metadata): boolean {
  if (entries.length !== size) return false;
  for (const entry of entries)
    if (!Object.hasOwn(entry, 'key') || !Object.hasOwn(entry, 'value') || entry.$unknowns !== undefined) return false;
  return true;
}

/** Which operator a node is, and which one a function stands for. */
export function functionKey(domain: Text, name: Text, overload: Text): string {
  return `${domainName(domain)}\n${name ?? ''}\n${overload ?? ''}`;
}

type Text = string | null | undefined;
