/** Bytes → protobuf messages. Payloads are views of the bytes; what does not decode says where. */
import protobuf from 'protobufjs/minimal.js';
import { fail, ProblemError } from '../diagnostics.js';
import { onnx } from './generated/onnx.js';
import { identifyForeign } from './identify.js';
import type { ModelProtoLike, TensorProtoLike } from './proto.js';

/** @throws ProblemError US1001 for what is no model, US1003 for one that is cut off or damaged */
export function decodeModel(bytes: Uint8Array): ModelProtoLike {
  const foreign = identifyForeign(bytes);
  if (foreign !== undefined)
    fail('US1001', `the file is ${foreign.what}`, { expected: 'an ONNX model', hint: foreign.hint });
  return decode(bytes, (reader) => onnx.ModelProto.decode(reader), 'model');
}

/** @throws ProblemError US1003 */
export function decodeTensor(bytes: Uint8Array): TensorProtoLike {
  return decode(bytes, (reader) => onnx.TensorProto.decode(reader), 'tensor');
}

function decode<T>(bytes: Uint8Array, read: (reader: protobuf.Reader) => T, what: string): T {
  const reader = protobuf.Reader.create(bytes);
  // Typed payloads that a writer did not pack have another wire type than the schema says, and arrive as unknown fields.
  reader.discardUnknown = false;
  try {
    return read(reader);
  } catch (error) {
    if (error instanceof ProblemError || !(error instanceof Error)) throw error;
    const isCut = error instanceof RangeError;
    fail('US1003', isCut ? `the ${what} is cut off at byte ${bytes.length}, or damaged` : `the ${what} is damaged`, {
      expected: isCut ? `more bytes for what begins before byte ${reader.pos}` : 'a protobuf message of ONNX',
      actual: isCut ? `a file of ${bytes.length} bytes` : `${error.message} at byte ${reader.pos}`,
      hint: 'fetch or export it again',
    });
  }
}
