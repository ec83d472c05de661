/** ModelProto → Model: the entry point for reading ONNX. */
import { type Diagnostic, defineProblem, diagnostic, ModelError, ProblemError } from '../diagnostics.js';
import type { Model } from '../ir/graph.js';
import { decodeModel } from './decode.js';
import type { ExternalFiles } from './external-data.js';
import { GraphReader, readMetadata } from './graph-reader.js';
import { emptyField, fieldOf, keptMetadata, type ModelKept, present, rawFields, textField } from './kept.js';
import { assumedOpset, checkIrVersion, readOpsets } from './opsets.js';
import { type ModelProtoLike, toBigInt, toNumber } from './proto.js';
import { concatenate, MessageWriter } from './write-message.js';

export interface ReadOptions {
  /** The file's name, for messages. */
  readonly file?: string | undefined;
  /** Reads tensors that are outside the model. */
  readonly externalFiles?: ExternalFiles | undefined;
}

export interface ReadResult {
  readonly model: Model;
  /** Warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a model: a serialized ModelProto, or the message of the `onnx-proto` package. Weights stay views of the bytes.
 * @throws ModelError with everything that is wrong with the file or the graph
 * @throws NotLoaded for what few files have, before it is loaded: `withParts` waits for it
 */
export function readModel(source: Uint8Array | ModelProtoLike, options: ReadOptions = {}): ReadResult {
  const { file } = options;
  try {
    const proto = source instanceof Uint8Array ? decodeModel(source) : source;
    const { model, diagnostics } = readProto(proto, options);
    if (diagnostics.some(({ severity }) => severity === 'error')) throw new ModelError(diagnostics);
    return { model, diagnostics };
  } catch (error) {
    if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file })]);
    throw error;
  }
}

const noGraph = defineProblem('US1001', {
  message: 'the file holds no graph',
  expected: 'a ModelProto with a graph',
  hint: 'it may be another protobuf file: a TensorFlow SavedModel, a Core ML model, a serialized tensor',
});

const noOpset = defineProblem('US1101', { assumed: 'integer', irVersion: 'integer' }, ({ assumed, irVersion }) => ({
  message: `the model imports no operator set of ai.onnx; ${assumed} is assumed, which was current with IR version ${irVersion}`,
  hint: 'set it: model.opset_import.append(onnx.helper.make_opsetid("", version))',
}));

function readProto(proto: ModelProtoLike, { file, externalFiles }: ReadOptions): ReadResult {
  if (!proto.graph) {
    throw new ProblemError(noGraph());
  }
  const irVersion = toNumber(proto.irVersion);
  checkIrVersion(irVersion);
  const opsets = readOpsets(proto.opsetImport ?? []);
  const assumed = assumedOpset(irVersion);
  const functions = proto.functions ?? [];
  const reader = new GraphReader({ irVersion, opsets, assumedOpset: assumed, functions, files: externalFiles, file });
  const graph = reader.read(proto.graph);
  const diagnostics: Diagnostic[] = [...reader.diagnostics];
  // A model of custom operators alone need not import ai.onnx.
  if (opsets.size === 0 || reader.usesAssumedOpset) {
    diagnostics.unshift(diagnostic(noOpset({ assumed, irVersion }), { file }));
  }
  const importsNone = !opsets.has('');
  if (importsNone) opsets.set('', assumed);
  const metadata = readMetadata(proto.metadataProps ?? []);
  const raw = rawFields(
    proto,
    emptyField(2, proto, 'producerName'),
    emptyField(3, proto, 'producerVersion'),
    textField(4, present(proto, 'domain')),
    textField(6, present(proto, 'docString')),
  );
  const kept: ModelKept = {
    raw: [...raw.filter((field) => fieldOf(field) !== trainingInfo), ...versionField(proto)],
    training: raw.filter((field) => fieldOf(field) === trainingInfo),
    file: externalFiles?.modelFile,
    graph,
    opsets: proto.opsetImport ?? [],
    versions: new Map(opsets),
    assumedOpset: importsNone ? assumed : undefined,
    metadata: keptMetadata(proto.metadataProps ?? [], metadata),
    functions: reader.keptFunctions(),
  };
  const model: Model = {
    graph,
    irVersion,
    opsets,
    producer: { name: proto.producerName ?? '', version: proto.producerVersion ?? '' },
    metadata,
    kept,
  };
  return { model, diagnostics };
}

/** ModelProto.training_info */
const trainingInfo = 20;

/** ModelProto.model_version, which our own decoder leaves to the unknown fields. */
function versionField(proto: ModelProtoLike): Uint8Array[] {
  const version = present(proto, 'modelVersion');
  if (version === undefined) return [];
  const message = new MessageWriter();
  message.integer(5, toBigInt(version));
  return [concatenate(message, message.byteLength)];
}
