// Generates src/onnx/generated/ from schemas/onnx.proto. `--check` only compares.
//
// The payloads of tensors are read as bytes instead of lists of numbers: a packed repeated field and a bytes field have
// the same wire format, and bytes stay views into the file. Weights are decoded when they are asked for. Functions are
// bytes too, and decoded by src/onnx/decode.ts, so that they can be written again as they are. What nothing reads is left
// out: it arrives as unknown fields, which are kept. A browser has to load all of this, so of protobufjs itself there is only what
// src/onnx/protobuf.ts takes. Models are written by src/onnx/write.ts.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const generated = path.join(root, 'src', 'onnx', 'generated');
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
const work = mkdtempSync(path.join(tmpdir(), 'unstride-codec-'));
try {
  const source = path.join(work, 'onnx.proto');
  const target = path.join(work, 'onnx.js');
  writeFileSync(source, schema);
  const pbjs = path.join(root, 'node_modules', 'protobufjs-cli', 'bin', 'pbjs');
  const flags = ['create', 'encode', 'verify', 'convert', 'delimited', 'typeurl'].map((feature) => `--no-${feature}`);
  execFileSync(process.execPath, [pbjs, '-t', 'static-module', '-w', 'esm', '--dts', ...flags, '-o', target, source]);
  for (const file of ['onnx.js', 'onnx.d.ts']) {
    const text = readFileSync(path.join(work, file), 'utf8').replace(
      'import $protobuf from "protobufjs/minimal.js"',
      'import * as $protobuf from "../protobuf.js"',
    );
    const place = path.join(generated, file);
    if (!process.argv.includes('--check')) writeFileSync(place, text);
    else if (readFileSync(place, 'utf8') !== text) {
      console.error(`${path.relative(root, place)} is not what schemas/onnx.proto gives: run npm run generate:codec`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
