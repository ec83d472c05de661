/** Opening models: from files, addresses, blobs and memory, with the files beside them. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { onnx } from 'onnx-proto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ModelError } from '../../src/diagnostics.js';
import type { Constant } from '../../src/ir/graph.js';
import { float32 } from '../../src/ir/tensor.js';
import type { TensorProtoLike } from '../../src/onnx/proto.js';
import { type OpenedModel, type OpenOptions, openModel } from '../../src/runtime/open.js';
import { runModel } from '../../src/runtime/run.js';
import { problemOf } from '../files/support.js';
import { diagnosticsOf, diagnosticsOfAsync } from '../support/errors.js';
import { readFixture } from '../support/fixtures.js';
import { entries, modelBytes, modelProto, nodeProto, tensorProto } from '../support/model.js';

const weights = float32([2], [5, 7]);
const weightBytes = new Uint8Array(weights.data.buffer);

function external(fields: Readonly<Record<string, string>>): TensorProtoLike {
  return { name: 'w', dims: [2], dataType: 1, dataLocation: 1, externalData: entries(fields) };
}

/** y = x + w */
function adding(fields: Readonly<Record<string, string>>): Uint8Array {
  return modelBytes({
    inputs: { x: [2] },
    outputs: { y: [2] },
    initializers: [external(fields)],
    nodes: [nodeProto('Add', 'x w', 'y')],
  });
}

const small = modelBytes({ inputs: { x: [2] }, outputs: { y: [2] }, nodes: [nodeProto('Neg', 'x', 'y')] });

function weightOf({ model }: OpenedModel): Constant {
  return [...model.graph.constants.values()][0]!;
}

const canLink = process.platform !== 'win32';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unstride-open-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a file below the test's folder. */
function put(name: string, content: Uint8Array | string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

describe('a model', () => {
  it('in memory', async () => {
    for (const source of [small, Buffer.from(small), small.slice().buffer, new Blob([small.slice()])]) {
      const { model, file, byteLength, diagnostics } = await openModel(source);
      expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(['Neg']);
      expect({ file, byteLength, diagnostics }).toEqual({ file: undefined, byteLength: small.length, diagnostics: [] });
    }
  });

  it('as a message of onnx-proto', async () => {
    const { model, byteLength } = await openModel(onnx.ModelProto.decode(small));
    expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(['Neg']);
    expect(byteLength).toBeUndefined();
  });

  it('at a path or a file: URL', async () => {
    const file = put('a folder/m#1.onnx', small);
    const url = pathToFileURL(file);
    expect(await openModel(file)).toMatchObject({ file, byteLength: small.length });
    expect(await openModel(url)).toMatchObject({ file: url.href, byteLength: small.length });
    expect(await openModel(url.href)).toMatchObject({ file: url.href, byteLength: small.length });
    expect(await openModel(path.relative('.', file))).toMatchObject({ byteLength: small.length });
  });

  it('in a File has its name', async () => {
    const named = Object.assign(new Blob([Uint8Array.of(1, 2)]), { name: 'm.onnx' });
    expect(await diagnosticsOfAsync(() => openModel(named))).toMatchObject([{ file: 'm.onnx' }]);
    expect(await diagnosticsOfAsync(() => openModel(named, { file: 'other' }))).toMatchObject([{ file: 'other' }]);
  });

  it('that cannot be read says why', async () => {
    const reason = async (source: string | URL) => {
      const [item] = await diagnosticsOfAsync(() => openModel(source));
      expect(item).toMatchObject({ code: 'US1002', file: String(source) });
      return item!.actual;
    };
    expect(await reason(path.join(folder, 'no.onnx'))).toBe('there is no such file');
    expect(await reason(folder)).toBe('it is a folder');
    expect(await reason(path.join(put('file', ''), 'm.onnx'))).toBe('a part of its path is no folder');
    expect(await reason('a\0b')).toContain('null bytes');
    if (canLink) {
      symlinkSync('loop.onnx', path.join(folder, 'loop.onnx'));
      expect(await reason(path.join(folder, 'loop.onnx'))).toBe('its links go in a circle');
      expect(await reason('/dev/null')).toBe('it is no file');
    }
  });

  it.skipIf(!canLink)('that is a pipe is refused, not waited for', async () => {
    const pipe = path.join(folder, 'm.onnx');
    execFileSync('mkfifo', [pipe]);
    expect(await diagnosticsOfAsync(() => openModel(pipe))).toMatchObject([
      { code: 'US1002', actual: 'it is no file' },
    ]);
  });

  // Where files cannot have holes these would fill the disk.
  it.skipIf(!canLink)('too large for protobuf is not read, but told what it is', async () => {
    const huge = put('m.onnx', small);
    truncateSync(huge, 2 ** 31);
    expect(await diagnosticsOfAsync(() => openModel(huge))).toMatchObject([
      { code: 'US1009', actual: `${2 ** 31} bytes`, file: huge },
    ]);
    const checkpoint = put('m.gguf', 'GGUF');
    truncateSync(checkpoint, 2 ** 33);
    expect(await diagnosticsOfAsync(() => openModel(checkpoint))).toMatchObject([
      { code: 'US1001', message: 'the file is a GGUF file' },
    ]);
  });

  it('that is none says so with the place', async () => {
    const file = put('m.onnx', '<!DOCTYPE html><html></html>');
    expect(await diagnosticsOfAsync(() => openModel(file))).toMatchObject([
      { code: 'US1001', file, message: 'the file is an HTML page' },
    ]);
  });
});

describe('files beside a model at a path', () => {
  it('are found, in folders below too', async () => {
    const file = put('m.onnx', adding({ location: 'deep/er/w.bin' }));
    put('deep/er/w.bin', weightBytes);
    const { model } = await openModel(file);
    expect([...runModel(model, { x: float32([2], [1, 2]) }).outputs.get('y')!.data]).toEqual([6, 9]);
  });

  it.skipIf(!canLink)('are read in part only, past 4 GiB', async () => {
    const offset = 2 ** 32 + 2 ** 20;
    const file = put('m.onnx', adding({ location: 'w.bin', offset: String(offset) }));
    // A sparse file: it takes a few blocks on the disk.
    const handle = openSync(path.join(folder, 'w.bin'), 'w');
    writeSync(handle, weightBytes, 0, 8, offset);
    closeSync(handle);
    const constant = weightOf(await openModel(file));
    constant.probe!();
    expect(constant.load()).toEqual(weights);
    expect(constant.bytes!().buffer.byteLength).toBe(8);
  });

  it('need not be there to open the model', async () => {
    const file = put('m.onnx', adding({ location: 'w.bin' }));
    const opened = await openModel(file);
    const constant = weightOf(opened);
    for (const use of [constant.load, constant.probe!])
      expect(problemOf(use)).toMatchObject({ code: 'US1006', value: 'w.bin', actual: 'there is no such file' });
    const [item] = diagnosticsOf(() => runModel(opened.model, { x: float32([2], [1, 2]) }, { file }));
    expect(item).toMatchObject({ code: 'US1006', file });
  });

  it('are missed by whatever reads them: a pass, a node, the graph itself', async () => {
    const channel = (name: string): TensorProtoLike => ({ ...external({ location: 'w.bin' }), name });
    const models = {
      // Folded into the convolution before it.
      pass: modelBytes({
        inputs: { x: [1, 2, 3, 3] },
        outputs: { y: undefined },
        initializers: [
          tensorProto('k', float32([2, 2, 1, 1], [1, 0, 0, 1])),
          ...['scale', 'b', 'mean', 'var'].map(channel),
        ],
        nodes: [nodeProto('Conv', 'x k', 'c'), nodeProto('BatchNormalization', 'c scale b mean var', 'y')],
      }),
      graph: modelBytes({ outputs: { w: [2] }, initializers: [external({ location: 'w.bin' })] }),
    };
    for (const [name, bytes] of Object.entries(models)) {
      const file = put(`${name}.onnx`, bytes);
      const { model } = await openModel(file);
      const feeds = new Map(model.graph.inputs.map((input) => [input.name, float32([1, 2, 3, 3], Array(18).fill(1))]));
      expect(
        diagnosticsOf(() => runModel(model, feeds, { file })),
        name,
      ).toMatchObject([{ code: 'US1006', file }]);
    }
  });

  it('are missed when they are too short', async () => {
    const file = put('m.onnx', adding({ location: 'w.bin', offset: '4' }));
    put('w.bin', weightBytes);
    expect(problemOf(weightOf(await openModel(file)).load)).toMatchObject({
      code: 'US1006',
      expected: '8 bytes at 4',
      actual: 'a file of 8 bytes',
    });
  });

  it.skipIf(!canLink)('are no folders, pipes or devices', async () => {
    const constant = weightOf(await openModel(put('m.onnx', adding({ location: 'w.bin' }))));
    const place = path.join(folder, 'w.bin');
    mkdirSync(place);
    expect(problemOf(constant.load)).toMatchObject({ code: 'US1006', actual: 'it is no file' });
    rmSync(place, { recursive: true });
    execFileSync('mkfifo', [place]);
    expect(problemOf(constant.load)).toMatchObject({ code: 'US1006', actual: 'it is no file' });
  });

  describe.skipIf(!canLink)('through links', () => {
    it('are read where the link stays in the folder', async () => {
      put('blobs/abc', weightBytes);
      symlinkSync('blobs/abc', path.join(folder, 'w.bin'));
      const file = put('m.onnx', adding({ location: 'w.bin' }));
      expect(weightOf(await openModel(file)).load()).toEqual(weights);
    });

    it('are read where the model is one into the same folder, as caches of hubs have it', async () => {
      put('blobs/aaaa', adding({ location: 'w.bin' }));
      put('blobs/bbbb', weightBytes);
      put('snapshots/0/README', weightBytes);
      const snapshot = path.join(folder, 'snapshots', '0');
      symlinkSync('../../blobs/aaaa', path.join(snapshot, 'm.onnx'));
      symlinkSync('../../blobs/bbbb', path.join(snapshot, 'w.bin'));
      expect(weightOf(await openModel(path.join(snapshot, 'm.onnx'))).load()).toEqual(weights);
      rmSync(path.join(snapshot, 'w.bin'));
      put('elsewhere', weightBytes);
      symlinkSync('../../elsewhere', path.join(snapshot, 'w.bin'));
      const other = weightOf(await openModel(path.join(snapshot, 'm.onnx')));
      expect(problemOf(other.load)).toMatchObject({ code: 'US1005', value: 'w.bin' });
    });

    it('are read where the folder itself is one', async () => {
      put('real/m.onnx', adding({ location: 'w.bin' }));
      put('real/w.bin', weightBytes);
      symlinkSync('real', path.join(folder, 'link'));
      expect(weightOf(await openModel(path.join(folder, 'link', 'm.onnx'))).load()).toEqual(weights);
    });

    it.each([
      ['a file', '../secret', 'w.bin'],
      ['a folder', '..', 'up/secret'],
    ])('are refused where %s leads out', async (_, target, location) => {
      const secret = put('secret', weightBytes);
      const file = put('model/m.onnx', adding({ location }));
      symlinkSync(target, path.join(folder, 'model', location.split('/')[0]!));
      const constant = weightOf(await openModel(file));
      for (const use of [constant.load, constant.probe!]) {
        expect(problemOf(use)).toMatchObject({ code: 'US1005', value: location });
        expect(problemOf(use).message).toContain(`'${location}'`);
      }
      expect(readFileSync(secret)).toHaveLength(8);
    });

    it('are refused in a folder whose name only begins like the model’s', async () => {
      put('model-2/w.bin', weightBytes);
      const file = put('model/m.onnx', adding({ location: 'w.bin' }));
      symlinkSync('../model-2/w.bin', path.join(folder, 'model', 'w.bin'));
      expect(problemOf(weightOf(await openModel(file)).load)).toMatchObject({ code: 'US1005' });
    });
  });

  it('are read in parts', async () => {
    const file = put('m.onnx', adding({ location: 'w.bin' }));
    put('w.bin', weightBytes);
    const brought = { externalData: { 'w.bin': weightBytes } };
    for (const opened of [
      await openModel(file),
      await openModel(file, brought),
      await openModel(adding({ location: 'w.bin' }), brought),
    ]) {
      const shared = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
      const place = new Float32Array(shared.buffer, 8, 1);
      weightOf(opened).readInto!(place, 1);
      expect([...new Float32Array(shared.buffer, 0, 4)]).toEqual([0, 0, 7, 0]);
    }
    const constant = weightOf(await openModel(file));
    expect(problemOf(() => constant.readInto!(new Float32Array(2), 1))).toMatchObject({ code: 'US1006' });
    rmSync(path.join(folder, 'w.bin'));
    // The file is open until what runs now is over.
    await undefined;
    expect(problemOf(() => constant.readInto!(new Float32Array(1), 0))).toMatchObject({ code: 'US1006' });
  });

  it('are known for the same as long as the file is', async () => {
    const file = put('m.onnx', adding({ location: 'w.bin' }));
    put('w.bin', weightBytes);
    const identity = async (options: OpenOptions = {}) => weightOf(await openModel(file, options)).identity!();
    const first = await identity();
    expect(first).toBeTypeOf('string');
    expect(await identity()).toBe(first);
    // Bytes in memory may change without a sign of it.
    expect(await identity({ externalData: { 'w.bin': weightBytes } })).toBeUndefined();
    put('w.bin', new Uint8Array([...weightBytes, 0]));
    expect(await identity()).not.toBe(first);
  });

  it('give way to those that the caller brings', async () => {
    const file = put('m.onnx', adding({ location: 'w.bin' }));
    put('w.bin', new Uint8Array(8));
    expect(weightOf(await openModel(file, { externalData: { 'w.bin': weightBytes } })).load()).toEqual(weights);
    expect([...weightOf(await openModel(file, { externalData: { 'v.bin': weightBytes } })).load().data]).toEqual([
      0, 0,
    ]);
  });
});

describe('files that the caller brings', () => {
  it('are bytes or blobs', async () => {
    for (const file of [weightBytes, Buffer.from(weightBytes), new Blob([weightBytes.slice()])]) {
      const opened = await openModel(adding({ location: './w.bin' }), { externalData: { 'w.bin': file } });
      expect(weightOf(opened).load()).toEqual(weights);
    }
  });

  it('are read only where the model names them', async () => {
    const unread = new Blob([]);
    unread.arrayBuffer = () => Promise.reject(new Error('not to be read'));
    const externalData = { 'w.bin': weightBytes, 'other.bin': unread };
    expect(weightOf(await openModel(adding({ location: 'w.bin' }), { externalData })).load()).toEqual(weights);
  });

  it('are missed by name when they are needed', async () => {
    const bytes = adding({ location: 'w.bin' });
    for (const options of [{}, { externalData: {} }, { externalData: { 'v.bin': weightBytes } }]) {
      const { model } = await openModel(bytes, options);
      expect(diagnosticsOf(() => runModel(model, { x: float32([2], [1, 2]) }))).toMatchObject([
        { code: 'US1006', hint: expect.stringContaining("'w.bin'") },
      ]);
    }
  });
});

describe('a model at an address', () => {
  const served = new Map<string, Uint8Array>();
  const asked: string[] = [];
  let server: Server;
  let root: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url!);
      const body = served.get(request.url!);
      response.writeHead(body === undefined ? 404 : 200);
      response.end(body);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    served.clear();
    asked.length = 0;
  });

  it('is fetched', async () => {
    served.set('/models/m.onnx?v=1', small);
    for (const source of [`${root}/models/m.onnx?v=1`, new URL(`${root}/models/m.onnx?v=1`)])
      expect(await openModel(source)).toMatchObject({ file: `${root}/models/m.onnx?v=1`, byteLength: small.length });
  });

  it('has its other files fetched from beside it, before it is used', async () => {
    served.set('/models/m.onnx?v=1', adding({ location: 'sub\\w 1%2e.bin' }));
    served.set('/models/sub/w%201%252e.bin', weightBytes);
    const constant = weightOf(await openModel(`${root}/models/m.onnx?v=1`));
    expect(asked).toEqual(['/models/m.onnx?v=1', '/models/sub/w%201%252e.bin']);
    expect(constant.load()).toEqual(weights);
  });

  it('cannot name files elsewhere', async () => {
    served.set('/secret', weightBytes);
    for (const location of ['../secret', '/secret', '//127.0.0.1/secret', `${root}/secret`]) {
      served.set('/models/m.onnx', adding({ location }));
      expect(await diagnosticsOfAsync(() => openModel(`${root}/models/m.onnx`))).toMatchObject([{ code: 'US1005' }]);
    }
    // For a URL these are '..' and the end of the path as well; here they are letters.
    for (const location of ['%2e%2e/secret', '.%2e/secret', '?x', '#x', 'a?/x']) {
      served.set('/models/m.onnx', adding({ location }));
      expect(await diagnosticsOfAsync(() => openModel(`${root}/models/m.onnx`))).toMatchObject([{ code: 'US1006' }]);
    }
    expect(asked).not.toContain('/secret');
    expect(asked.every((url) => url.startsWith('/models/'))).toBe(true);
  });

  it('does not fetch what the caller brings', async () => {
    served.set('/m.onnx', adding({ location: 'w.bin' }));
    const opened = await openModel(`${root}/m.onnx`, { externalData: { 'w.bin': weightBytes } });
    expect(weightOf(opened).load()).toEqual(weights);
    expect(asked).toEqual(['/m.onnx']);
  });

  it('that is not there, or has no weights there, says what the server answered', async () => {
    expect(await diagnosticsOfAsync(() => openModel(`${root}/m.onnx`))).toMatchObject([
      { code: 'US1002', file: `${root}/m.onnx`, actual: 'the server answered 404 Not Found' },
    ]);
    served.set('/m.onnx', adding({ location: 'w.bin' }));
    expect(await diagnosticsOfAsync(() => openModel(`${root}/m.onnx`))).toMatchObject([
      { code: 'US1006', actual: 'the server answered 404 Not Found', hint: expect.stringContaining("'w.bin'") },
    ]);
    await expect(openModel('http://127.0.0.1:1/m.onnx')).rejects.toThrow(ModelError);
  });

  it('may be a data: or blob: URL, which have nothing beside them', async () => {
    const data = new URL(`data:application/octet-stream;base64,${Buffer.from(small).toString('base64')}`);
    expect((await openModel(data)).byteLength).toBe(small.length);
    const blob = new URL(URL.createObjectURL(new Blob([adding({ location: 'w.bin' }).slice()])));
    expect(await diagnosticsOfAsync(() => openModel(blob))).toMatchObject([{ code: 'US1006' }]);
    const opened = await openModel(blob, { externalData: { 'w.bin': weightBytes } });
    expect(weightOf(opened).load()).toEqual(weights);
    URL.revokeObjectURL(blob.href);
  });
});

describe('weights', () => {
  it('of a file stay views of the bytes read', async () => {
    const { folder: fixture } = readFixture('unet/torchscript');
    const file = readFileSync(path.join(fixture, 'model.onnx'));
    const bytes = new Uint8Array(file.buffer, file.byteOffset, file.length);
    const { model } = await openModel(bytes);
    const constants = [...model.graph.constants.values()];
    expect(constants.length).toBeGreaterThan(10);
    for (const constant of constants) {
      const held = constant.bytes!();
      expect(held.buffer).toBe(bytes.buffer);
      expect(held.byteOffset).toBeGreaterThanOrEqual(bytes.byteOffset);
      expect(held.byteOffset + held.length).toBeLessThanOrEqual(bytes.byteOffset + bytes.length);
    }
  });

  it('are copied at load, and only where they are not aligned', async () => {
    const model = modelProto({ initializers: { w: weights } });
    const bytes = new Uint8Array(onnx.ModelProto.encode(model as onnx.IModelProto).finish());
    let aligned = 0;
    for (let shift = 0; shift < 4; shift++) {
      const shifted = new Uint8Array(new ArrayBuffer(bytes.length + shift), shift);
      shifted.set(bytes);
      const constant = weightOf(await openModel(shifted));
      expect(constant.bytes!().buffer).toBe(shifted.buffer);
      const { data } = constant.load() as { data: Float32Array };
      expect([...data]).toEqual([5, 7]);
      const isView = data.buffer === shifted.buffer;
      expect(isView).toBe(constant.bytes!().byteOffset % 4 === 0);
      if (isView) aligned++;
    }
    expect(aligned).toBe(1);
  });
});
