/** Model → ModelProto: the door to everything that writes ONNX. */
import { fail, formatNode } from '../diagnostics.js';
import {
  type Constant,
  type ExternalPlace,
  type Graph,
  type Model,
  type Node,
  subgraphsOf,
  type Value,
} from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
import { maxMessageBytes } from './proto.js';
import { GraphWriter, writeMetadata } from './write-graph.js';
import { checked, concatenate, MessageWriter, type Piece } from './write-message.js';
import { elementsOf, type TensorWriter } from './write-tensor.js';

export interface WriteOptions {
  /**
   * Where weights go. `keep`: those in other files stay there, named by the same relative paths. `inline`: into the
   * model. A location: those of `minBytes` or more (1024 unless told) into one file of that name beside the model.
   */
  readonly weights?: 'keep' | 'inline' | { readonly location: string; readonly minBytes?: number };
  /** Inferred types for value_info: sizes as numbers, names or arithmetic with names. */
  readonly types?: ReadonlyMap<Value, TensorType>;
  /**
   * Whether a node from a function of another operator set means the same in `opset`, the model's own. Without it no
   * such node does.
   */
  readonly isSameIn?: (node: Node, opset: number) => boolean;
}

/** Bytes to be written in order, made as they are asked for. */
export interface Streamed {
  readonly byteLength: number;
  chunks(): Iterable<Uint8Array>;
}

export interface WrittenModel {
  /** The ModelProto. */
  readonly model: Streamed;
  /** The file for weights, where a location was given and something goes there. */
  readonly weights?: Streamed & { readonly location: string };
}

/** What every vector load and typed array is content with. */
const alignment = 64;

/**
 * Function calls were replaced by the functions' nodes when the model was read, and stay so.
 * @throws ProblemError when the model is too large for one message, or its nodes are of several operator sets
 */
export function writeModel(model: Model, options: WriteOptions = {}): WrittenModel {
  const { types = new Map<Value, TensorType>(), weights = 'keep' } = options;
  checkOpsets(model.graph, model.opsets, options);
  const files = new WeightsFile(weights);
  const message = new MessageWriter();
  message.integer(1, model.irVersion);
  if (model.producer.name !== '') message.text(2, model.producer.name);
  if (model.producer.version !== '') message.text(3, model.producer.version);
  message.message(7, new GraphWriter({ irVersion: model.irVersion, types, tensors: files }).graph(model.graph));
  for (const [domain, version] of model.opsets) {
    const set = new MessageWriter();
    set.text(1, domain);
    set.integer(2, version);
    message.message(8, set);
  }
  writeMetadata(message, 14, model.metadata);
  const { byteLength } = message;
  if (byteLength > maxMessageBytes) {
    fail('US1009', 'the model is too large for one file', {
      expected: `at most ${maxMessageBytes} bytes`,
      actual: `${byteLength} bytes`,
      hint: 'keep the weights in a file beside it',
    });
  }
  const written = streamed([...message], byteLength);
  const external = files.finish();
  return external === undefined ? { model: written } : { model: written, weights: external };
}

/** The model as one array. @throws as writeModel does */
export function modelBytes(
  model: Model,
  options: Omit<WriteOptions, 'weights'> & { readonly weights?: 'keep' | 'inline' } = {},
): Uint8Array {
  const { model: written } = writeModel(model, options);
  const pieces = [...written.chunks()].map((bytes): Piece => ({ byteLength: bytes.length, bytes: () => bytes }));
  return concatenate(pieces, written.byteLength);
}

function streamed(pieces: readonly Piece[], byteLength: number): Streamed {
  return {
    byteLength,
    *chunks() {
      for (const piece of pieces) yield checked(piece);
    },
  };
}

function checkOpsets(graph: Graph, opsets: ReadonlyMap<string, number>, options: WriteOptions): void {
  for (const node of graph.nodes) {
    const version = opsets.get(node.domain);
    if (version !== undefined && version !== node.opset && options.isSameIn?.(node, version) !== true) {
      fail('US1010', `${formatNode(node)} comes from a function of another operator set than the model's`, {
        expected: `operator set ${version}`,
        actual: String(node.opset),
        hint: 'convert the model with onnx.version_converter, or export it again without functions',
      });
    }
    for (const { graph: inner } of subgraphsOf(node)) checkOpsets(inner, opsets, options);
  }
}

/** Decides where each constant's elements go, and collects those for the new file. */
class WeightsFile implements TensorWriter {
  private readonly pieces: Piece[] = [];
  private byteLength = 0;

  constructor(private readonly weights: NonNullable<WriteOptions['weights']>) {}

  place(constant: Constant): ExternalPlace | undefined {
    if (this.weights === 'inline') return undefined;
    if (this.weights === 'keep') return constant.place;
    const { location, minBytes = 1024 } = this.weights;
    const elements = elementsOf(constant);
    if (constant.type === 'string' || elements.byteLength < minBytes) return undefined;
    const padding = (alignment - (this.byteLength % alignment)) % alignment;
    if (padding > 0) this.add({ byteLength: padding, bytes: () => new Uint8Array(padding) });
    const offset = this.byteLength;
    this.add(elements);
    return { location, offset, length: elements.byteLength };
  }

  finish(): WrittenModel['weights'] {
    if (typeof this.weights === 'string' || this.pieces.length === 0) return undefined;
    return { location: this.weights.location, ...streamed(this.pieces, this.byteLength) };
  }

  private add(piece: Piece): void {
    this.pieces.push(piece);
    this.byteLength += piece.byteLength;
  }
}
