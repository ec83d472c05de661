/** Constant → TensorProto. Elements go into raw_data as they are stored, or stay in their file. */
import { type ElementType, elementTypeFacts, packedByteLength } from '../ir/element-type.js';
import type { Constant, ExternalPlace, SparseConstant } from '../ir/graph.js';
import { elementCount, type Tensor } from '../ir/tensor.js';
import { MessageWriter, type Piece } from './write-message.js';

/** Where the elements of constants go. */
export interface TensorWriter {
  /** The place in a file beside the model that holds the elements, or undefined for the model itself. */
  place(constant: Constant): ExternalPlace | undefined;
}

/** TensorProto.DataLocation.EXTERNAL */
const external = 1;

export function writeTensor(constant: Constant, name: string, writer: TensorWriter): MessageWriter {
  const { type, dims } = constant;
  const message = new MessageWriter();
  for (const dim of dims) message.integer(1, dim);
  message.integer(2, elementTypeFacts(type).code);
  if (name !== '') message.text(8, name);
  const place = writer.place(constant);
  if (place !== undefined) {
    for (const [key, value] of Object.entries(place)) message.message(13, entry(key, String(value)));
    message.integer(14, external);
  } else if (type === 'string') {
    const encoder = new TextEncoder();
    for (const text of constant.load().data as string[]) message.bytes(6, encoder.encode(text));
  } else message.payload(9, elementsOf(constant));
  return message;
}

export function writeSparseTensor(sparse: SparseConstant, name: string, writer: TensorWriter): MessageWriter {
  const message = new MessageWriter();
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

/** The constant's elements as a file stores them, read when they are streamed. */
export function elementsOf(constant: Constant): Piece {
  const { type, dims } = constant;
  return {
    byteLength: packedByteLength(type, elementCount(dims)),
    bytes: () => constant.bytes?.() ?? storedBytes(constant.load()),
  };
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
