/** Model → ModelProto: the entry point for writing ONNX. */
import { defineProblem, fail } from '../diagnostics.js';
import type { Graph, Model, Node, Value } from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
import { callsIn, FunctionLibrary } from './function-library.js';
import { keptOf, type ModelKept, present } from './kept.js';
import { domainName } from './opsets.js';
import { maxMessageBytes, toBigInt } from './proto.js';
import { WeightsFile, type WeightsPlace } from './weights-file.js';
import { GraphWriter, writeMetadata } from './write-graph.js';
import { concatenate, MessageWriter, type Piece, type Streamed, streamed } from './write-message.js';

export interface WriteOptions {
  readonly weights?: WeightsPlace;
  /**
   * Inferred types for value_info: sizes as numbers, names or arithmetic with names. With them, the file also gets what
   * reading corrected: the order of nodes, an assumed opset. Without them, all of that stays as it was.
   */
  readonly types?: ReadonlyMap<Value, TensorType>;
  /**
   * Whether a node from a function of another opset has the same meaning in `opset`, the model's own (default: never).
   */
  readonly isSameIn?: (node: Node, opset: number) => boolean;
}

export interface WrittenModel {
  /** The ModelProto. */
  readonly model: Streamed;
  /** The file for weights, if a location was given and something goes there. */
  readonly weights?: Streamed & { readonly location: string };
}

const modelTooLarge = defineProblem('US1009', { bytes: 'integer', maximum: 'integer' }, ({ bytes, maximum }) => ({
  message: 'the model is too large for one file',
  expected: `at most ${maximum} bytes`,
  actual: `${bytes} bytes`,
  hint: 'keep the weights in a file beside it',
}));

/**
 * An unchanged model is written as it was read: the messages are equal, field by field. Unchanged parts of a changed
 * model keep everything that the file contained about them. A function call is written again if all nodes that it was
 * inlined to are still there. Functions are written that such calls need, or that nothing needed before. training_info,
 * which refers to values by name, is written if inputs, outputs and weights are unchanged.
 * @throws ProblemError if the model is too large for one message, or its nodes are of several opsets
 */
export function writeModel(model: Model, options: WriteOptions = {}): WrittenModel {
  const { types, weights = 'keep', isSameIn = () => false } = options;
  const kept = keptOf(model);
  const files = new WeightsFile(weights);
  const functions = new FunctionLibrary(kept?.functions ?? [], { hasFiles: weights === 'keep' });
  const graphs = new GraphWriter({
    irVersion: model.irVersion,
    opsets: model.opsets,
    isSameIn,
    types,
    tensors: files,
    mayCall: (callee) => functions.isWritable(callee),
  });
  const graph = graphs.graph(model.graph);
  const message = new MessageWriter();
  message.raw(kept?.raw);
  message.integer(1, model.irVersion);
  message.textUnlessEmpty(2, model.producer.name);
  message.textUnlessEmpty(3, model.producer.version);
  message.message(7, graph);
  writeOpsets(message, model, kept, { isComplete: types !== undefined, added: graphs.imports });
  writeMetadata(message, 14, model.metadata, kept?.metadata);
  if (kept !== undefined && hasSameEnds(model.graph, kept.graph)) message.raw(kept.training);
  for (const { bytes } of functions.needed(graphs.callees, callsIn(kept?.graph))) message.bytes(25, bytes);
  const { byteLength } = message;
  if (byteLength > maxMessageBytes) {
    fail(modelTooLarge({ bytes: byteLength, maximum: maxMessageBytes }));
  }
  const written = streamed([...message], byteLength);
  const external = files.finish();
  return external === undefined ? { model: written } : { model: written, weights: external };
}

interface OpsetsToWrite {
  /** Whether versions that the file does not state are written too. */
  readonly isComplete: boolean;
  readonly added: ReadonlyMap<string, number>;
}

/** Imports in the order in which they were read, with current versions, then new ones. */
function writeOpsets(
  message: MessageWriter,
  { opsets }: Model,
  kept: ModelKept | undefined,
  { isComplete, added }: OpsetsToWrite,
): void {
  const rest = new Map([...opsets, ...added]);
  if (!isComplete && kept?.assumedOpset !== undefined && kept.assumedOpset === opsets.get('')) rest.delete('');
  for (const proto of kept?.opsets ?? []) {
    const domain = present(proto, 'domain');
    const version = opsets.get(domainName(domain));
    if (version === undefined) continue;
    rest.delete(domainName(domain));
    const set = new MessageWriter();
    set.raw(proto.$unknowns);
    if (domain !== undefined) set.text(1, domain);
    // If a domain is imported twice, the last version counts.
    const stated = present(proto, 'version');
    const isRead = kept!.versions.get(domainName(domain)) === version;
    if (stated !== undefined || !isRead) set.integer(2, isRead ? toBigInt(stated!) : version);
    message.message(8, set);
  }
  for (const [domain, version] of rest) {
    const set = new MessageWriter();
    set.text(1, domain);
    set.integer(2, version);
    message.message(8, set);
  }
}

/** Whether inputs, outputs and weights are those that were read. */
function hasSameEnds(graph: Graph, read: Graph): boolean {
  const isSame = (a: readonly Value[], b: readonly Value[]) =>
    a.length === b.length && a.every((value, i) => value === b[i]);
  if (graph === read) return true;
  return (
    isSame(graph.inputs, read.inputs) &&
    isSame(graph.outputs, read.outputs) &&
    [...read.constants.keys()].every((value) => graph.constants.has(value))
  );
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
