/** The elements of a TensorProto as they are in the file, to be written again. */
import type { ElementType } from '../ir/element-type.js';
import { present, type TensorKept } from './kept.js';
import { fieldNumbers, type TypedField, typedPayload, unpackedElement } from './payload.js';
import { type PayloadLike, type TensorProtoLike, toBigInt, toNumber } from './proto.js';
import { concatenate, MessageWriter } from './write-message.js';

const typedNumbers = Object.values(fieldNumbers);

/** Whether an unknown field is an element of an unpacked typed field. */
export function isUnpackedElement(piece: Uint8Array): boolean {
  return typedNumbers.some((field) => unpackedElement(piece, field) !== undefined);
}

/** TensorProto.string_data and raw_data */
const stringData = 6;
const rawData = 9;

/**
 * The fields with elements by number; undefined if they are where our writer puts them: in raw_data, or string_data for
 * texts.
 */
export function keptPayload(proto: TensorProtoLike, type: ElementType): TensorKept['payload'] {
  const payload: (readonly [number, PayloadLike | readonly Uint8Array[]])[] = [];
  for (const [field, number] of Object.entries(fieldNumbers) as [TypedField, number][]) {
    const elements = typedPayload(proto, field);
    if (elements.length > 0) payload.push([number, elements]);
  }
  const strings = proto.stringData ?? [];
  if (strings.length > 0) payload.push([stringData, strings]);
  const raw = present(proto, 'rawData');
  if (raw !== undefined) payload.push([rawData, raw]);
  const isRaw = type !== 'string' && payload.length === 1 && payload[0]![0] === rawData;
  return isRaw || (payload.length === 0 && type === 'string') ? undefined : payload;
}

/** The packed encoding of a field's elements. */
export function packedField(number: number, elements: PayloadLike): Uint8Array {
  if (elements instanceof Uint8Array) return elements;
  if (number === fieldNumbers.floatData) return bytesOf(Float32Array.from(elements, toNumber));
  if (number === fieldNumbers.doubleData) return bytesOf(Float64Array.from(elements, toNumber));
  const message = new MessageWriter();
  for (const element of elements) message.packed(toBigInt(element));
  return concatenate(message, message.byteLength);
}

function bytesOf({ buffer }: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer);
}
