// Generates src/onnx/generated/messages.ts, the fields of the messages in schemas/onnx.proto. `--check` only compares.
//
// The payloads of tensors are read as bytes instead of lists of numbers: a packed repeated field and a bytes field have
// the same wire format, and bytes stay views into the file. Weights are decoded when they are asked for. Functions are
// bytes too, and decoded by src/onnx/decode.ts, so that they can be written again as they are. What nothing reads is left
// out: it arrives as unknown fields, which are kept. Models are written by src/onnx/write.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import protobuf from 'protobufjs';

const root = path.join(import.meta.dirname, '..');
const place = path.join(root, 'src', 'onnx', 'generated', 'messages.ts');
const payload = /repeated (?:float|int32|int64|double|uint64) (\w+_data) = (\d+) \[packed = true\]/g;
const unread = [
  'message (?:IntIntListEntry|NodeDeviceConfiguration|ShardingSpec|ShardedDim|SimpleShardedDim|TrainingInfo|DeviceConfiguration)Proto',
  'message (?:Segment|Opaque)',
  'enum (?:Version|OperatorStatus)',
].map((declaration) => new RegExp(`^( *)${declaration} \\{\\n[^]*?^\\1\\}\\n`, 'gm'));
const unreadFields =
  /^.* (?:doc_string|denotation|segment|opaque_type|training_info|(?:device_)?configurations?|model_version|domain = 4|metadata_props = 16)\b.*;\n/gm;

let schema = readFileSync(path.join(root, 'schemas', 'onnx.proto'), 'utf8')
  .replace(payload, 'optional bytes $1 = $2')
  .replace('repeated FunctionProto functions', 'repeated bytes functions');
for (const part of [...unread, unreadFields]) schema = schema.replace(part, '');

const { onnx } = protobuf.parse(schema).root.resolveAll().nested;
const messages = [];
const enums = new Map();
visit(onnx);

const text = `// Made of schemas/onnx.proto by scripts/generate-codec.js.

/** Of a field its number, name and type; whether it is repeated, or the oneof that it belongs to. */
export type FieldRow = readonly [number: number, name: string, type: string, more?: string];

export const messages: Readonly<Record<string, readonly FieldRow[]>> = {
${messages.join('\n')}
};

/** The numbers that each enum has. */
export const enums: Readonly<Record<string, readonly number[]>> = {
${[...enums].map(([name, numbers]) => `  ${key(name)}: [${numbers.join(', ')}],`).join('\n')}
};
`;
if (!process.argv.includes('--check')) writeFileSync(place, text);
else if (readFileSync(place, 'utf8') !== text) {
  console.error(`${path.relative(root, place)} is not what schemas/onnx.proto gives: run npm run generate:codec`);
  process.exitCode = 1;
}

function visit(namespace) {
  for (const item of namespace.nestedArray ?? []) {
    if (item instanceof protobuf.Type) messages.push(`  ${key(nameOf(item))}: [`, ...item.fieldsArray.map(row), '  ],');
    visit(item);
  }
}

function row(field) {
  const { id, name, type, resolvedType, repeated, partOf } = field;
  if (resolvedType instanceof protobuf.Enum) enums.set(nameOf(resolvedType), Object.values(resolvedType.values));
  const parts = [id, quoted(name), quoted(resolvedType ? nameOf(resolvedType) : type)];
  if (repeated) parts.push(quoted('repeated'));
  else if (partOf) parts.push(quoted(partOf.name));
  return `    [${parts.join(', ')}],`;
}

/** Below the package: TypeProto.Tensor. */
function nameOf(type) {
  return type.fullName.replace('.onnx.', '');
}

function key(name) {
  return name.includes('.') ? quoted(name) : name;
}

function quoted(name) {
  return `'${name}'`;
}
