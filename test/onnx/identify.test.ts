/** Files that are no models say what they are. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { writeNpy } from '../../src/files/npy.js';
import { float32 } from '../../src/ir/tensor.js';
import { identifyForeign } from '../../src/onnx/identify.js';
import { readModel } from '../../src/onnx/read.js';
import { diagnosticsOf } from '../support/errors.js';
import { fixtures, readFixture } from '../support/fixtures.js';
import { modelBytes } from '../support/model.js';

const utf8 = new TextEncoder();
const nothing = new Uint8Array();
const npy = writeNpy(float32([2], [1, 2])).bytes;

/** The pieces one after another; numbers are bytes. */
function bytes(...pieces: readonly (number | string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    pieces.flatMap((piece) =>
      typeof piece === 'number' ? [piece] : [...(typeof piece === 'string' ? utf8.encode(piece) : piece)],
    ),
  );
}

const pickle = bytes(0x80, 2, '}q', 0, '.');

const foreign: readonly (readonly [string, Uint8Array])[] = [
  ['empty', nothing],
  ['a Git LFS pointer', bytes('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n')],
  ['an HTML page', bytes('\n<!DOCTYPE html>\n<html lang="en"><head>')],
  ['an HTML page', bytes('<html><body>404</body></html>')],
  ['an OpenVINO', bytes('<?xml version="1.0"?>\n<net name="m" version="11">')],
  ['a PyTorch checkpoint', zipSync({ 'archive/data.pkl': pickle, 'archive/data/0': nothing }, { level: 0 })],
  ['a PyTorch checkpoint', zipSync({ 'net/constants.pkl': pickle }, { level: 0 })],
  ['a NumPy archive', zipSync({ 'x.npy': npy })],
  ['a Keras model', zipSync({ 'metadata.json': bytes('{}'), 'config.json': bytes('{}'), 'model.weights.h5': nothing })],
  ['a zip file', zipSync({ 'model.onnx': modelBytes({ inputs: { x: [1] } }) })],
  ['a zip file', zipSync({})],
  ['a gzip file', gzipSync(bytes('model'))],
  ['a TensorFlow Lite model', bytes(0x1c, 0, 0, 0, 'TFL3', 0x14, 0, 0x20, 0)],
  ['a model in the format of ONNX Runtime', bytes(0x08, 0, 0, 0, 'ORTM', 0, 0)],
  ['an HDF5 file', bytes(0x89, 'HDF\r\n', 0x1a, '\n', 0)],
  ['a pickled Python object', pickle],
  ['a GGUF file', bytes('GGUF', 3, 0, 0, 0)],
  ['a safetensors file', bytes(0x40, 0, 0, 0, 0, 0, 0, 0, '{"w":{"dtype":"F32","shape":[1]')],
  ['a NumPy array', npy],
  ['a picture', bytes(0x89, 'PNG\r\n', 0x1a, '\n')],
  ['a picture', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)],
  ['a picture', bytes('GIF89a')],
  ['a picture', bytes('RIFF', 9, 0, 0, 0, 'WEBPVP8 ')],
  ['a picture', bytes('II*', 0, 8, 0, 0, 0)],
  ['a JSON text', bytes('{"format": "layers-model"}')],
  ['a JSON text', bytes('[[1, 2], [3]]')],
  [
    'an ONNX model in its textual form',
    bytes('<\n  ir_version: 7,\n  opset_import: ["": 13]\n>\nagraph (float x) => (float y) {}'),
  ],
];

describe('a file', () => {
  it.each(foreign)('%s is named', (what, content) => {
    const [item, ...rest] = diagnosticsOf(() => readModel(content, { file: 'm.onnx' }));
    expect(rest).toEqual([]);
    expect(item).toMatchObject({ code: 'US1001', severity: 'error', file: 'm.onnx', expected: 'an ONNX model' });
    expect(item!.message.startsWith(`the file is ${what}`)).toBe(true);
    expect(item!.hint).toBeTruthy();
  });

  it.each(foreign.filter(([, content]) => content.length > 0))('%s is named by its start', (what, content) => {
    const padded = new Uint8Array(content.length + 10_000);
    padded.set(content);
    expect(identifyForeign(padded)?.what.startsWith(what)).toBe(true);
  });

  it.each(fixtures)('%s is a model', (name) => {
    expect(identifyForeign(readFileSync(path.join(readFixture(name).folder, 'model.onnx')))).toBeUndefined();
  });

  it('that only looks like one of them is a model', () => {
    // The name of the producer at the place of another format's mark.
    const proto = { irVersion: 8, opsetImport: [{ version: 18 }], graph: {} };
    for (const producerName of ['TFL3', 'ORTM', '{"a"', '<html>']) {
      const encoded = modelBytes({ inputs: { x: [1] } });
      const start = bytes(0x08, 8, 0x12, producerName.length, producerName);
      const model = readModel(bytes(start, encoded)).model;
      expect(model.graph.inputs.map(({ name }) => name)).toEqual(['x']);
    }
    expect(readModel(proto).model.graph.inputs).toEqual([]);
  });

  it('of random bytes is damaged, not named', () => {
    const random = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919 + 131) & 255);
    expect(diagnosticsOf(() => readModel(random))).toMatchObject([{ code: 'US1003' }]);
  });

  it('of another message of protobuf has no graph', () => {
    // A TensorProto: its dims stand where a model has its IR version.
    const tensor = bytes(0x08, 2, 0x10, 1, 0x4a, 8, new Uint8Array(8));
    expect(diagnosticsOf(() => readModel(tensor))).toMatchObject([
      { code: 'US1001', message: 'the file holds no graph' },
    ]);
  });
});
