/** ONNX files as trees of protobuf fields, so that what is changed is still a message in most places. */
import { varint } from '../../support/model.js';

/** The messages of onnx.proto that files consist of, as far as mutations tell them apart. */
export type MessageName = keyof typeof messages;

type FieldKind = MessageName | 'text' | 'varints';

/** Fields that are messages, names, or packed integers; all other ones are numbers or bytes. */
const messages = {
  Model: { 2: 'text', 7: 'Graph', 8: 'OperatorSet', 14: 'Entry', 25: 'Function' },
  OperatorSet: { 1: 'text' },
  Graph: {
    1: 'Node',
    2: 'text',
    5: 'Tensor',
    11: 'ValueInfo',
    12: 'ValueInfo',
    13: 'ValueInfo',
    15: 'SparseTensor',
  },
  Function: { 1: 'text', 4: 'text', 5: 'text', 6: 'text', 7: 'Node', 9: 'OperatorSet', 10: 'text', 11: 'Attribute' },
  Node: { 1: 'text', 2: 'text', 3: 'text', 4: 'text', 5: 'Attribute', 7: 'text', 8: 'text', 9: 'Entry' },
  Attribute: { 1: 'text', 5: 'Tensor', 6: 'Graph', 8: 'varints', 10: 'Tensor', 11: 'Graph', 21: 'text' },
  Tensor: { 1: 'varints', 5: 'varints', 7: 'varints', 8: 'text', 13: 'Entry' },
  SparseTensor: { 1: 'Tensor', 2: 'Tensor', 3: 'varints' },
  ValueInfo: { 1: 'text', 2: 'Type' },
  Type: { 1: 'TensorType', 4: 'SequenceType', 9: 'SequenceType' },
  TensorType: { 2: 'Shape' },
  SequenceType: { 1: 'Type' },
  Shape: { 1: 'Dim' },
  Dim: { 2: 'text', 3: 'text' },
  Entry: { 1: 'text', 2: 'text' },
} as const satisfies Record<string, Readonly<Record<number, string>>>;

export type Content =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'text' | 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'varint'; readonly value: bigint }
  | { readonly kind: 'varints'; readonly values: bigint[] };

export interface Field {
  readonly number: number;
  readonly wireType: number;
  content: Content;
}

export interface Message {
  readonly name: MessageName;
  readonly fields: Field[];
}

/** @throws RangeError where the bytes are no message */
export function parseMessage(bytes: Uint8Array, name: MessageName = 'Model'): Message {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [tag, start] = readVarint(bytes, at);
    const number = Number(tag >> 3n);
    const wireType = Number(tag & 7n);
    if (wireType === 0) {
      const [value, end] = readVarint(bytes, start);
      fields.push({ number, wireType, content: { kind: 'varint', value } });
      at = end;
      continue;
    }
    const [length, from] =
      wireType === 2 ? readVarint(bytes, start) : ([wireType === 1 ? 8n : wireType === 5 ? 4n : -1n, start] as const);
    at = from + Number(length);
    if (length < 0n || at > bytes.length) throw new RangeError(`no field of a message at byte ${start}`);
    const payload = bytes.subarray(from, at);
    const kind = wireType === 2 ? kindOf(name, number) : undefined;
    fields.push({ number, wireType, content: contentOf(payload, kind) });
  }
  return { name, fields };
}

function kindOf(name: MessageName, number: number): FieldKind | undefined {
  return (messages[name] as Readonly<Record<number, FieldKind>>)[number];
}

function contentOf(bytes: Uint8Array, kind: FieldKind | undefined): Content {
  if (kind === undefined) return { kind: 'bytes', bytes };
  if (kind === 'text') return { kind, bytes };
  if (kind !== 'varints') return { kind: 'message', message: parseMessage(bytes, kind) };
  const values: bigint[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [value, end] = readVarint(bytes, at);
    values.push(value);
    at = end;
  }
  return { kind, values };
}

function readVarint(bytes: Uint8Array, start: number): readonly [bigint, number] {
  let value = 0n;
  for (let at = start; at < start + 10; at++) {
    const byte = bytes[at];
    if (byte === undefined) break;
    value |= BigInt(byte & 127) << BigInt(7 * (at - start));
    if (byte < 128) return [BigInt.asUintN(64, value), at + 1];
  }
  throw new RangeError(`no integer at byte ${start}`);
}

export function encodeMessage({ fields }: Message): Uint8Array {
  return join(
    fields.flatMap(({ number, wireType, content }) => {
      const tag = Uint8Array.from(varint((number << 3) | wireType));
      if (content.kind === 'varint') return [tag, Uint8Array.from(varint(BigInt.asUintN(64, content.value)))];
      const payload = payloadOf(content);
      return wireType === 2 ? [tag, Uint8Array.from(varint(payload.length)), payload] : [tag, payload];
    }),
  );
}

function payloadOf(content: Exclude<Content, { readonly kind: 'varint' }>): Uint8Array {
  if (content.kind === 'message') return encodeMessage(content.message);
  if (content.kind === 'varints')
    return Uint8Array.from(content.values.flatMap((value) => varint(BigInt.asUintN(64, value))));
  return content.bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The message and all messages in it. */
export function messagesIn(message: Message): Message[] {
  return [
    message,
    ...message.fields.flatMap(({ content }) => (content.kind === 'message' ? messagesIn(content.message) : [])),
  ];
}
