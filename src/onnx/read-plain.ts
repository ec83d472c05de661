/** ModelProto → Model. */
import { type Diagnostic, defineProblem, diagnostic, ModelError, ProblemError } from '../diagnostics.js';
import type { Model } from '../ir/graph.js';
import { decodeModel } from './decode.js';
import type { ExternalFiles } from './external-data.js';
import { GraphReader, readMetadata } from './graph-reader.js';
import type { Keeper } from './keeper.js';
import { assumedOpset, checkIrVersion, readOpsets } from './opsets.js';
import { type ModelProtoLike, toNumber } from './proto.js';

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
 * @param keeper collects what only writing asks for
 * @throws NotLoaded for what few files have, before it is loaded: `withParts` waits for it
 */
export function readPlain(source: Uint8Array | ModelProtoLike, options: ReadOptions = {}, keeper?: Keeper): ReadResult {
  const { file } = options;
  try {
    const proto = source instanceof Uint8Array ? decodeModel(source) : source;
    const { model, diagnostics } = readProto(proto, options, keeper);
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

function readProto(
  proto: ModelProtoLike,
  { file, externalFiles }: ReadOptions,
  keeper: Keeper | undefined,
): ReadResult {
  if (!proto.graph) {
    throw new ProblemError(noGraph());
  }
  const irVersion = toNumber(proto.irVersion);
  checkIrVersion(irVersion);
  const opsets = readOpsets(proto.opsetImport ?? []);
  const assumed = assumedOpset(irVersion);
  const functions = proto.functions ?? [];
  const reader = new GraphReader({
    irVersion,
    opsets,
    assumedOpset: assumed,
    functions,
    files: externalFiles,
    file,
    keeper,
  });
  const graph = reader.read(proto.graph);
  const diagnostics: Diagnostic[] = [...reader.diagnostics];
  // A model of custom operators alone need not import ai.onnx.
  if (opsets.size === 0 || reader.usesAssumedOpset) {
    diagnostics.unshift(diagnostic(noOpset({ assumed, irVersion }), { file }));
  }
  const importsNone = !opsets.has('');
  if (importsNone) opsets.set('', assumed);
  const metadata = readMetadata(proto.metadataProps ?? []);
  const kept = keeper?.keepModel(proto, {
    graph,
    file: externalFiles?.modelFile,
    versions: opsets,
    assumedOpset: importsNone ? assumed : undefined,
    metadata,
    functions: reader.keptFunctions(),
  });
  const model: Model = {
    graph,
    irVersion,
    opsets,
    producer: { name: proto.producerName ?? '', version: proto.producerVersion ?? '' },
    metadata,
    ...(kept === undefined ? {} : { kept }),
  };
  return { model, diagnostics };
}
