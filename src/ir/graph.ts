/**
 * The graph: values in single static assignment, nodes in topological order (`verify` checks that), weights that are
 * read on demand. Based on IR.md of the ONNX specification.
 */

import type { NodeReference } from '../diagnostics.js';
import type { Dim } from './dim.js';
import type { ElementType } from './element-type.js';
import { sequenceOf, type TensorType, tensorType } from './shape.js';
import type { Tensor } from './tensor.js';

/** Metadata that exporters attach to a model, a node or a value (`metadata_props`). */
export type Metadata = ReadonlyMap<string, string>;

declare const brand: unique symbol;

/**
 * What a file says about an object beyond what is modeled here (documentation, choice of encoding, fields of other
 * versions), so that writing changes only what was changed. The reader creates it, and only onnx/ interprets it. Code
 * that makes an object from another one keeps it, as `{ ...node, inputs }` does.
 */
export interface Kept<Of extends string> {
  readonly [brand]?: Of;
}

/**
 * A value: the output of a node, an input or a constant. Values are identified as objects; names may repeat between
 * scopes.
 */
export class Value {
  constructor(
    readonly name: string,
    /** The type that the file declares (value_info, inputs, outputs); inference checks it. */
    readonly declared?: ValueType | undefined,
    readonly metadata: Metadata = emptyMetadata,
  ) {}
}

export const emptyMetadata: Metadata = new Map();

export type ValueType =
  | ({ readonly kind: 'tensor' } & TensorType)
  /** Sequences, optionals, maps and sparse tensors. Of these sequences of tensors and optionals are computed. */
  | {
      readonly kind: 'other';
      readonly description: string;
      /** What the tensors of a sequence are. */
      readonly sequence?: TensorType;
      /** What an optional may hold. */
      readonly optional?: TensorType;
    };

/** The type of a tensor, sequence or optional; undefined of others, which no value has in a run. */
export function heldType(type: ValueType): TensorType | undefined {
  if (type.kind === 'tensor') return tensorType(type.elementType, type.shape);
  const { sequence, optional } = type;
  if (sequence !== undefined) return sequenceOf({ element: sequence, length: undefined });
  return optional && sequenceOf({ element: optional, length: undefined, isOptional: true });
}

/** A weight or another constant. `load` returns its elements; nothing is read or copied before. */
export interface Constant {
  readonly type: ElementType;
  readonly dims: readonly number[];
  /** Bytes in the model file or the external file. */
  readonly byteLength: number;
  /** Where the elements are kept. */
  readonly storage: 'inline' | 'external';
  /** The place of the bytes, for external storage that a file names. */
  readonly place?: ExternalPlace;
  /** Path of that file, if it is on this machine. Throws ProblemError if the file does not exist. */
  file?(): string | undefined;
  readonly kept?: Kept<'tensor'>;
  /** The sparse tensor, if the file stores it so; `load` makes it dense. */
  readonly sparse?: SparseConstant;
  load(): Tensor;
  /**
   * The elements as a file stores them (little-endian, row-major, sub-byte types packed), not decoded. Absent if they
   * are stored otherwise.
   */
  bytes?(): Uint8Array;
  /** `length` of those bytes from `start` on; reads only these. */
  part?(start: number, length: number): Uint8Array;
  /**
   * Copies elements from `first` on to fill `target`, and reads only these. Present only for float32, if it does not
   * load the whole tensor.
   */
  readInto?(target: Float32Array, first: number): void;
  /**
   * The constant and factors that it is computed from, if that constant has `readInto`; `load` gives the same elements.
   */
  readonly scaled?: ScaledConstant;
  /** The constant of another float type that it is converted from; each element is the nearest float32. */
  readonly converted?: Constant;
  /**
   * A key without reading elements: equal keys mean equal elements, even across readings of the model. undefined if
   * only the elements could tell.
   */
  identity?(): string | undefined;
  /** Throws ProblemError if the external bytes cannot exist; does not read them. */
  probe?(): void;
}

/**
 * Float32 elements times factors, rounded once. The elements are blocks of rows, a row consists of channels, and the
 * elements of a channel share a factor, so there is one for each channel of each block.
 */
export interface ScaledConstant {
  readonly source: Constant;
  readonly factors: Float64Array;
  readonly rows: number;
  readonly channels: number;
  readonly elements: number;
}

/** The place of a tensor's bytes outside the model (ONNX ExternalData.md). */
export interface ExternalPlace {
  /** A relative path below the model's folder, parts separated by '/'. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export type Attribute = AttributeValue & { readonly kept?: Kept<'attribute'> };

type AttributeValue =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'string'; readonly value: Uint8Array }
  | { readonly kind: 'tensor'; readonly value: Constant }
  | { readonly kind: 'sparseTensor'; readonly value: SparseConstant }
  | { readonly kind: 'graph'; readonly value: Graph }
  | { readonly kind: 'type'; readonly value: ValueType }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly bigint[] }
  | { readonly kind: 'strings'; readonly value: readonly Uint8Array[] }
  | { readonly kind: 'tensors'; readonly value: readonly Constant[] }
  | { readonly kind: 'sparseTensors'; readonly value: readonly SparseConstant[] }
  | { readonly kind: 'graphs'; readonly value: readonly Graph[] }
  | { readonly kind: 'types'; readonly value: readonly ValueType[] };

export interface SparseConstant {
  readonly dims: readonly number[];
  readonly values: Constant;
  readonly indices: Constant;
  readonly kept?: Kept<'sparse'>;
}

export interface Node {
  /** The name in the file; may be empty or repeat. */
  readonly name: string;
  /** '' is ai.onnx. */
  readonly domain: string;
  readonly opType: string;
  /** The version of `domain` that the model (or the function the node came from) imports. */
  readonly opset: number;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly (Value | undefined)[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly metadata: Metadata;
  /** Index in the file's node list, for messages about unnamed nodes. */
  readonly index: number;
  readonly kept?: Kept<'node'>;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<Value, Constant>;
  /**
   * Constants that the file also lists as inputs: defaults that a run may override (IR.md, from IR version 4 on; before
   * that, every constant must be listed).
   */
  readonly overridable?: ReadonlySet<Value>;
  readonly kept?: Kept<'graph'>;
}

export interface Model {
  readonly graph: Graph;
  readonly irVersion: number;
  /** Version by domain; '' is ai.onnx. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly producer: { readonly name: string; readonly version: string };
  readonly metadata: Metadata;
  readonly kept?: Kept<'model'>;
}

/** How diagnostics name a node. */
export function referenceTo({ name, opType, domain, index }: Node): NodeReference {
  return { name, opType, domain, index };
}

/** Attributes of which none is a graph: it is asked of each node again and again, and few have any. */
const plain = new WeakSet<Node['attributes']>();
const noGraphs: readonly never[] = [];

/** The graphs in a node's attributes, with the attributes' names. */
export function subgraphsOf({ attributes }: Node): readonly { readonly attribute: string; readonly graph: Graph }[] {
  if (attributes.size === 0 || plain.has(attributes)) return noGraphs;
  const found: { attribute: string; graph: Graph }[] = [];
  for (const [attribute, { kind, value }] of attributes) {
    if (kind === 'graph') found.push({ attribute, graph: value });
    else if (kind === 'graphs') for (const graph of value) found.push({ attribute, graph });
  }
  if (found.length === 0) plain.add(attributes);
  return found;
}

/** Values that a graph reads but does not define: what a subgraph takes from outer scopes. */
export function capturedValues(graph: Graph): Set<Value> {
  const own = new Set<Value>([...graph.inputs, ...graph.constants.keys()]);
  const captured = new Set<Value>();
  const read = (value: Value | undefined) => {
    if (value !== undefined && !own.has(value)) captured.add(value);
  };
  for (const node of graph.nodes) {
    for (const input of node.inputs) read(input);
    for (const { graph: inner } of subgraphsOf(node)) for (const value of capturedValues(inner)) read(value);
    for (const output of node.outputs) if (output !== undefined) own.add(output);
  }
  for (const output of graph.outputs) read(output);
  return captured;
}

/** A constant that is already in memory. */
export function constantFromTensor(tensor: Tensor): Constant {
  const { type, dims, data } = tensor;
  return {
    type,
    dims,
    byteLength: 'byteLength' in data ? data.byteLength : 0,
    storage: 'inline',
    load: () => tensor,
    ...(data instanceof Float32Array
      ? { readInto: (target, first) => target.set(data.subarray(first, first + target.length)) }
      : {}),
  };
}

/** The declared shape, if there is one. */
export function declaredShape(value: Value): readonly Dim[] | undefined {
  return value.declared?.kind === 'tensor' ? value.declared.shape : undefined;
}
