/** Constant → TensorProto. Elements go into raw_data as they are stored, or stay in their file. */
import { type ElementType, elementTypeFacts, packedByteLength } from '../ir/element-type.js';
import type { Constant, ExternalPlace, SparseConstant } from '../ir/graph.js';
import { elementCount, type Tensor } from '../ir/tensor.js';
import { keptOf, present, type TensorKept } from './kept.js';
import { packedField } from './kept-payload.js';
import type { EntryLike, PayloadLike } from './proto.js';
import { MessageWriter, type Piece } from './write-message.js';

/** Where the elements of constants go. */
export interface TensorWriter {
  /** The place in a file beside the model that holds the elements, or undefined for the model itself. */
  place(constant: Constant): ExternalPlace | undefined;
}

/** TensorProto.DataLocation.EXTERNAL */
const external = 1;

/** @param name empty for a tensor with its own name, or without one */
export function writeTensor(constant: Constant, name: string, writer: TensorWriter): MessageWriter {
  const { type, dims } = constant;
  const kept = keptOf(constant);
  const message = new MessageWriter();
  message.raw(kept?.raw);
  for (const dim of dims) message.integer(1, dim);
  message.integer(2, elementTypeFacts(type).code);
  message.textUnlessEmpty(8, name || (kept?.name ?? ''));
  const place = writer.place(constant);
  if (place !== undefined) {
    const isWhereItWas = place === constant.place && kept !== undefined;
    if (isWhereItWas) for (const item of kept.entries) message.message(13, writeEntry(item));
    else for (const [key, value] of Object.entries(place)) message.message(13, entry(key, String(value)));
    message.integer(14, external);
    if (isWhereItWas) writePayload(message, kept.payload ?? []);
  } else if (constant.storage === 'inline' && kept?.payload !== undefined) writePayload(message, kept.payload);
  else if (type === 'string') {
    const encoder = new TextEncoder();
    for (const text of constant.load().data as string[]) message.bytes(6, encoder.encode(text));
  } else message.payload(9, ...elementsOf(constant));
  return message;
}

/** Writes the elements into the fields that they were read from. */
function writePayload(message: MessageWriter, payload: NonNullable<TensorKept['payload']>): void {
  for (const [field, elements] of payload) {
    if (isTexts(elements)) for (const text of elements) message.bytes(field, text);
    else message.bytes(field, packedField(field, elements));
  }
}

function isTexts(elements: PayloadLike | readonly Uint8Array[]): elements is readonly Uint8Array[] {
  return !(elements instanceof Uint8Array) && elements[0] instanceof Uint8Array;
}

export function writeSparseTensor(sparse: SparseConstant, name: string, writer: TensorWriter): MessageWriter {
  const message = new MessageWriter();
  message.raw(keptOf(sparse)?.raw);
  message.message(1, writeTensor(sparse.values, name, writer));
  message.message(2, writeTensor(sparse.indices, '', writer));
  for (const dim of sparse.dims) message.integer(3, dim);
  return message;
}

export function entry(key: string, value: string): MessageWriter {
  const message = new MessageWriter();
  message.text(1, key);
  message.text(2, value);
  return message;
}

/** Writes an entry as it was read, or with another value. */
export function writeEntry(proto: EntryLike, value = present(proto, 'value')): MessageWriter {
  const message = new MessageWriter();
  message.raw(proto.$unknowns);
  const key = present(proto, 'key');
  if (key !== undefined) message.text(1, key);
  if (value !== undefined) message.text(2, value);
  return message;
}

/** Elements in another file are read in pieces of this many bytes. */
const pieceLength = 2 ** 23;

/** The constant's elements as a file stores them, read piece by piece when they are streamed. */
export function elementsOf(constant: Constant): readonly Piece[] {
  const { type, dims } = constant;
  const byteLength = packedByteLength(type, elementCount(dims));
  if (constant.part === undefined)
    return [{ byteLength, bytes: () => constant.bytes?.() ?? storedBytes(constant.load()) }];
  const pieces: Piece[] = [];
  for (let start = 0; start < byteLength; start += pieceLength) {
    const length = Math.min(pieceLength, byteLength - start);
    pieces.push({ byteLength: length, bytes: () => constant.part!(start, length) });
  }
  return pieces;
}

function storedBytes({ type, data }: Tensor): Uint8Array {
  if (!('buffer' in data)) throw new TypeError('strings have no bytes of a fixed size');
  const { bits } = elementTypeFacts(type);
  if (bits < 8) return packBits(type, data as Uint8Array | Int8Array);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Elements of 2 or 4 bits, the first in the lowest bits of each byte. */
function packBits(type: ElementType, data: Uint8Array | Int8Array): Uint8Array {
  const { bits } = elementTypeFacts(type);
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const bytes = new Uint8Array(packedByteLength(type, data.length));
  data.forEach((value, i) => {
    bytes[Math.floor(i / perByte)]! |= (value & mask) << ((i % perByte) * bits);
  });
  return bytes;
}
