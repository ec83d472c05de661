/** Files of weights as programs of onnxruntime give them. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExternalData } from '../../src/runtime/external-data-option.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { entries, modelBytes, nodeProto } from '../support/model.js';

const weights = Float32Array.of(10, 20);
const file = new Uint8Array(weights.buffer);
const model = (location: string) =>
  modelBytes({
    inputs: { x: [2] },
    outputs: { y: [2] },
    initializers: [{ name: 'w', dims: [2], dataType: 1, dataLocation: 1, externalData: entries({ location }) }],
    nodes: [nodeProto('Add', 'x w', 'y')],
  });

let folder: string;
let server: Server;
let address: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'unstride-external-'));
  mkdirSync(path.join(folder, 'weights'));
  mkdirSync(path.join(folder, 'links'));
  writeFileSync(path.join(folder, 'weights', 'w.bin'), file);
  symlinkSync(path.join(folder, 'weights', 'w.bin'), path.join(folder, 'links', 'w.bin'));
  writeFileSync(path.join(folder, 'weights', 'model.onnx'), model('w.bin'));
  server = createServer((request, response) => {
    if (request.url?.startsWith('/files/w.bin')) response.end(file);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/files/w.bin`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function outputOf(source: Uint8Array | string, externalData: ExternalData): Promise<number[]> {
  const session = await InferenceSession.create(source, { threads: 1, externalData });
  const { y } = await session.run({ x: new Tensor('float32', [1, 2]) });
  await session.release();
  return [...(y!.data as Float32Array)];
}

describe('external data', () => {
  const forms: Readonly<Record<string, () => ExternalData>> = {
    'an object of bytes': () => ({ 'w.bin': file }),
    'an object of buffers': () => ({ './w.bin': file.slice().buffer }),
    'an object of paths': () => ({ 'w.bin': path.join(folder, 'weights', 'w.bin') }),
    'descriptions with bytes': () => [{ path: 'w.bin', data: file }],
    'descriptions with a Blob': () => [{ path: 'w.bin', data: new Blob([file]) }],
    'descriptions with a path': () => [{ path: './w.bin', data: path.join(folder, 'weights', 'w.bin') }],
    'descriptions with a file: URL': () => [
      { path: 'w.bin', data: pathToFileURL(path.join(folder, 'weights', 'w.bin')) },
    ],
    'descriptions with an address': () => [{ path: 'w.bin', data: address }],
    'a list of paths': () => [path.join(folder, 'weights', 'w.bin')],
    'a list of links, which the program chose': () => [path.join(folder, 'links', 'w.bin')],
    'a list of addresses': () => [`${address}?version=1#now`],
  };

  it.each(Object.entries(forms))('may be %s', async (_, externalData) => {
    expect(await outputOf(model('w.bin'), externalData())).toEqual([11, 22]);
  });

  it('in a list may be named from beside the model', async () => {
    expect(await outputOf(path.join(folder, 'weights', 'model.onnx'), ['w.bin'])).toEqual([11, 22]);
    expect(await outputOf(path.join(folder, 'weights', 'model.onnx'), [{ path: 'w.bin', data: 'w.bin' }])).toEqual([
      11, 22,
    ]);
    expect(await outputOf(model('deep/w.bin'), [path.join(folder, 'weights', 'w.bin')])).toEqual([11, 22]);
  });

  it('that is not there is an error with its name', async () => {
    await expect(outputOf(model('w.bin'), ['no/w.bin'])).rejects.toThrow(/US1006.*no file 'no\/w.bin'/);
    await expect(outputOf(model('w.bin'), [address.replace('files', 'gone')])).rejects.toThrow(/US1006.*404/);
    await expect(outputOf(model('w.bin'), ['v.bin'])).rejects.toThrow('US1006');
    for (const wrong of [[1], ['w.bin', null], { 'w.bin': 1 }, [{ path: 'w.bin' }], 'w.bin', [{ data: file }]])
      await expect(outputOf(model('w.bin'), wrong as unknown as ExternalData)).rejects.toThrow(TypeError);
  });
});
