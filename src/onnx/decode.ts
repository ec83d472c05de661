/** Bytes → protobuf messages. Payloads are views of the bytes; errors say where decoding failed. */
import { defineProblem, fail, ProblemError } from '../diagnostics.js';
import { decodeMessage } from './message-decoder.js';
import type { FunctionProtoLike, ModelProtoLike, TensorProtoLike } from './proto.js';
import { rareForms } from './rare-part.js';
import { WireReader } from './wire-reader.js';

/**
 * The most fields and integers in one file, so that the decoded messages fit into memory: each takes up to 250 bytes
 * decoded, but may take only one or two in the file. Weights count as one field.
 */
const maxFields = 2 ** 22;

/** @throws ProblemError US1001 if the bytes are not a model, US1003 if the model is truncated or damaged */
export function decodeModel(bytes: Uint8Array): ModelProtoLike {
  if (!beginsAsModel(bytes)) rareForms.value.refuseForeign(bytes);
  return decode(bytes, decodeWithFunctions, 'model');
}

/** Whether the first field is an IR version, as writers have it: no other format begins like that. */
function beginsAsModel([tag, version = 0]: Uint8Array): boolean {
  return tag === 8 && version > 0;
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
