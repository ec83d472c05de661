/** Protobuf messages, decoded by the tables of their fields that scripts/generate-codec.js makes of schemas/onnx.proto. */
import { enums, type FieldRow, messages } from './generated/messages.js';
import { maxDepth, type WireReader } from './wire-reader.js';

type Message = Record<string, unknown>;

/** How values of a type are read, and which wire type they have one by one. */
interface FieldType {
  readonly wireType: number;
  /** What a message without the field has, unless the field is of a oneof. */
  readonly absent: unknown;
  /**
   * @param merged what the field had before, for messages, which are merged
   * @returns undefined for a number that is none of the enum's
   */
  read(reader: WireReader, depth: number, merged?: unknown): unknown;
  /** Many as one field, of those types that may come so. */
  readPacked?(reader: WireReader, values: unknown): void;
}

interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly isRepeated: boolean;
  /** Other fields of the same oneof, which are gone where this one comes. */
  readonly replaced: readonly string[];
}

const varint = 0;
const delimited = 2;
const fixed32 = 5;

const types = new Map<string, FieldType>([
  ['int32', { wireType: varint, absent: 0, read: (reader) => reader.int32() }],
  [
    'int64',
    {
      wireType: varint,
      absent: 0,
      read: (reader) => reader.int64(),
      readPacked: (reader, values) => reader.int64s(values as number[]),
    },
  ],
  [
    'float',
    {
      wireType: fixed32,
      absent: 0,
      read: (reader) => reader.float(),
      readPacked: (reader, values) => reader.floats(values as number[]),
    },
  ],
  ['string', { wireType: delimited, absent: '', read: (reader) => reader.string() }],
  ['bytes', { wireType: delimited, absent: new Uint8Array(), read: (reader) => reader.bytes() }],
]);

function enumType(numbers: ReadonlySet<number>): FieldType {
  return {
    wireType: varint,
    absent: 0,
    read(reader) {
      const value = reader.int32();
      return numbers.has(value) ? value : undefined;
    },
  };
}

class MessageType implements FieldType {
  readonly wireType = delimited;
  readonly absent = null;
  /** By number. */
  readonly #fields: Field[] = [];
  /** Defaults are inherited: a message's own fields are those that the file has. */
  readonly #defaults: Message = {};

  /** Apart from the constructor, since messages contain one another. */
  resolve(rows: readonly FieldRow[]): void {
    for (const [number, name, typeName, more] of rows) {
      const type = types.get(typeName);
      if (type === undefined) throw new Error(`${typeName} is no type`);
      const isRepeated = more === 'repeated';
      const oneof = isRepeated ? undefined : more;
      const others = oneof === undefined ? [] : rows.filter((row) => row[1] !== name && row[3] === oneof);
      this.#fields[number] = { name, type, isRepeated, replaced: others.map((row) => row[1]) };
      this.#defaults[name] = isRepeated ? none : oneof === undefined ? type.absent : null;
    }
  }

  read(reader: WireReader, depth: number, merged?: unknown): Message {
    return this.decode(reader, reader.size(), depth + 1, merged as Message | null | undefined);
  }

  /** @throws RangeError where bytes are missing, Error where they are no message */
  decode(reader: WireReader, length: number, depth = 0, merged?: Message | null): Message {
    if (depth > maxDepth) throw new Error('max depth exceeded');
    const end = reader.pos + length;
    const limit = reader.len;
    if (end > limit) throw new RangeError('index out of range');
    reader.len = end;
    const message: Message = merged ?? Object.create(this.#defaults);
    while (reader.pos < end) {
      const start = reader.pos;
      const tag = reader.tag();
      const field = this.#fields[tag >>> 3];
      if (!this.#readField(message, field, reader, tag, depth)) keep(message, reader.raw(start, reader.pos));
    }
    if (reader.pos !== end) throw new RangeError('index out of range');
    reader.len = limit;
    return message;
  }

  /** @returns false for what is none of the fields, which is skipped */
  #readField(message: Message, field: Field | undefined, reader: WireReader, tag: number, depth: number): boolean {
    const wireType = tag & 7;
    if (field?.isRepeated && wireType === delimited && field.type.readPacked !== undefined) {
      field.type.readPacked(reader, listOf(message, field.name));
      return true;
    }
    if (field?.type.wireType !== wireType) {
      reader.skip(wireType, tag >>> 3, depth);
      return false;
    }
    const { name, type, isRepeated, replaced } = field;
    const value = type.read(reader, depth, isRepeated ? undefined : message[name]);
    if (value === undefined) return false;
    if (isRepeated) listOf(message, name).push(value);
    else message[name] = value;
    if (replaced.length > 0) for (const other of replaced) delete message[other];
    return true;
  }
}

/** What a message has that does not have a repeated field. */
const none: readonly unknown[] = Object.freeze([]);

/** Of a repeated field, the message's own list. */
function listOf(message: Message, name: string): unknown[] {
  const list = message[name] as unknown[];
  if (list !== none) return list;
  const own: unknown[] = [];
  message[name] = own;
  return own;
}

function keep(message: Message, raw: Uint8Array): void {
  if (!Object.hasOwn(message, '$unknowns'))
    Object.defineProperty(message, '$unknowns', { value: [], configurable: true, writable: true });
  (message['$unknowns'] as Uint8Array[]).push(raw);
}

for (const [name, numbers] of Object.entries(enums)) types.set(name, enumType(new Set(numbers)));
const messageTypes = new Map(Object.keys(messages).map((name) => [name, new MessageType()]));
for (const [name, type] of messageTypes) types.set(name, type);
for (const [name, type] of messageTypes) type.resolve(messages[name] ?? []);

/**
 * What is in the reader from its position on.
 * @param length in bytes; the rest where it is left out
 * @throws RangeError where bytes are missing, Error where they are no message
 */
export function decodeMessage(name: string, reader: WireReader, length = reader.len - reader.pos): unknown {
  return messageTypes.get(name)?.decode(reader, length);
}
