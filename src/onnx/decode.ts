/** Bytes → protobuf messages. Payloads are views of the bytes; errors say where decoding failed. */
import { defineProblem, fail, ProblemError } from '../diagnostics.js';
import { type Identity, identifyForeign } from './identify.js';
import { decodeMessage } from './message-decoder.js';
import { type FunctionProtoLike, type ModelProtoLike, maxMessageBytes, type TensorProtoLike } from './proto.js';
import { WireReader } from './wire-reader.js';

/**
 * The most fields and integers in one file, so that the decoded messages fit into memory: each takes up to 250 bytes
 * decoded, but may take only one or two in the file. Weights count as one field.
 */
const maxFields = 2 ** 22;

/** @throws ProblemError US1001 if the bytes are not a model, US1003 if the model is truncated or damaged */
export function decodeModel(bytes: Uint8Array): ModelProtoLike {
  const foreign = identifyForeign(bytes);
  if (foreign !== undefined) failForeign(foreign);
  return decode(bytes, decodeWithFunctions, 'model');
}

type EncodedModel = Omit<ModelProtoLike, 'functions'> & { readonly functions: readonly Uint8Array[] };

/** Functions are decoded after the model by the same reader, so that the limit holds for both together. */
function decodeWithFunctions(reader: WireReader): ModelProtoLike {
  const model = decodeMessage('ModelProto', reader) as EncodedModel;
  const start = reader.raw(0, 0).byteOffset;
  const functions = model.functions.map((bytes) => {
    reader.pos = bytes.byteOffset - start;
    return Object.assign(decodeMessage('FunctionProto', reader, bytes.length) as FunctionProtoLike, { $bytes: bytes });
  });
  return Object.assign(model, { functions });
}

const noModel = defineProblem('US1001', { kind: 'string', hint: 'string' }, ({ kind, hint }) => ({
  message: `the file is ${kind}`,
  expected: 'an ONNX model',
  hint,
}));

function failForeign({ what, hint }: Identity): never {
  fail(noModel({ kind: what, hint }));
}

const fileTooLarge = defineProblem('US1009', { bytes: 'integer', maximum: 'integer' }, ({ bytes, maximum }) => ({
  message: 'the file is larger than a protobuf message can be',
  expected: `at most ${maximum} bytes`,
  actual: `${bytes} bytes`,
  hint: 'export the weights into a file of their own (onnx.save_model(..., save_as_external_data=True))',
}));

/**
 * Reports a file that is too large for any model, without reading it.
 * @param start the first few thousand bytes
 */
export function failTooLarge(start: Uint8Array, byteLength: number): never {
  const foreign = identifyForeign(start);
  if (foreign !== undefined) failForeign(foreign);
  fail(fileTooLarge({ bytes: byteLength, maximum: maxMessageBytes }));
}

/** @throws ProblemError US1003 */
export function decodeTensor(bytes: Uint8Array): TensorProtoLike {
  return decode(bytes, (reader) => decodeMessage('TensorProto', reader) as TensorProtoLike, 'tensor');
}

const cutOff = defineProblem(
  'US1003',
  { what: 'string', position: 'integer', bytes: 'integer' },
  ({ what, position, bytes }) => ({
    message: `the ${what} is cut off at byte ${bytes}, or damaged`,
    expected: `more bytes for what begins before byte ${position}`,
    actual: `a file of ${bytes} bytes`,
    hint: 'fetch or export it again',
  }),
);

const damaged = defineProblem(
  'US1003',
  { what: 'string', position: 'integer', reason: 'string' },
  ({ what, position, reason }) => ({
    message: `the ${what} is damaged`,
    expected: 'a protobuf message of ONNX',
    actual: `${reason} at byte ${position}`,
    hint: 'fetch or export it again',
  }),
);

function decode<T>(bytes: Uint8Array, read: (reader: WireReader) => T, what: string): T {
  // Payloads should be plain Uint8Arrays even if the source is a Buffer.
  const reader = new WireReader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), fieldLimit(what));
  try {
    return read(reader);
  } catch (error) {
    if (error instanceof ProblemError || !(error instanceof Error)) throw error;
    const isCut = error instanceof RangeError;
    const place = { what, position: reader.pos };
    fail(isCut ? cutOff({ ...place, bytes: bytes.length }) : damaged({ ...place, reason: error.message }));
  }
}

const tooManyFields = defineProblem(
  'US1003',
  { what: 'string', maximum: 'integer', position: 'integer', length: 'integer' },
  ({ what, maximum, position, length }) => ({
    message: `the ${what} has more than ${maximum} fields`,
    actual: `one too many at byte ${position} of ${length}`,
    hint: 'the file is damaged, or was made to use up memory',
  }),
);

/** What fails at one field too many. */
function fieldLimit(what: string): (reader: WireReader) => void {
  let count = 0;
  return ({ pos, len }) => {
    if (++count > maxFields) fail(tooManyFields({ what, maximum: maxFields, position: pos, length: len }));
  };
}
