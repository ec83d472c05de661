/** Messages compared field by field, by a decoder other than the product's. */
import path from 'node:path';
import protobuf from 'protobufjs';

const schema = path.join(import.meta.dirname, '..', '..', 'schemas', 'onnx.proto');
const root = protobuf.loadSync(schema);

/** A message of the current specification, by its name without `onnx.`. */
export function messageType(name: string): protobuf.Type {
  return root.lookupType(`onnx.${name}`);
}

/** What differs between two ModelProtos, each as `path: this, that`; a field that is absent differs from one at its default. */
export function differences(expected: Uint8Array, actual: Uint8Array, most = 5): string[] {
  const found: string[] = [];
  const compare = (a: unknown, b: unknown, place: string): void => {
    if (found.length >= most || Object.is(a, b)) return;
    if (a instanceof Uint8Array && b instanceof Uint8Array) {
      if (Buffer.compare(a, b) !== 0) found.push(`${place}: ${a.length} bytes, ${b.length} bytes`);
    } else if (Array.isArray(a) && Array.isArray(b)) {
      if (a.length !== b.length) found.push(`${place}: ${a.length} entries, ${b.length} entries`);
      for (let i = 0; i < Math.min(a.length, b.length); i++) compare(a[i], b[i], `${place}[${i}]`);
    } else if (isMessage(a) && isMessage(b)) {
      for (const key of new Set([...fieldsOf(a), ...fieldsOf(b)])) compare(own(a, key), own(b, key), `${place}.${key}`);
    } else found.push(`${place}: ${textOf(a)}, ${textOf(b)}`);
  };
  compare(decode(expected), decode(actual), 'model');
  return found;
}

function decode(bytes: Uint8Array): object {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  return messageType('ModelProto').decode(reader);
}

function isMessage(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** A list without entries is no field. */
function fieldsOf(message: object): string[] {
  const names = Object.getOwnPropertyNames(message);
  return names.filter((name) => !(Array.isArray(own(message, name)) && (own(message, name) as unknown[]).length === 0));
}

function own(message: object, key: string): unknown {
  return Object.hasOwn(message, key) ? (message as Record<string, unknown>)[key] : undefined;
}

function textOf(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}
