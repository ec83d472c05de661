/** What a session keeps: models in files are read again, other models stay; sizes are bounded. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openModel } from '../../src/runtime/open.js';
import { SessionModel } from '../../src/runtime/session-model.js';
import { SizeCache } from '../../src/runtime/size-cache.js';
import { diagnosticsOfAsync } from '../support/errors.js';
import { modelBytes, nodeProto } from '../support/model.js';

const model = (name: string) =>
  modelBytes({ inputs: { x: ['N'] }, outputs: { [name]: ['N'] }, nodes: [nodeProto('Neg', 'x', name)] });

describe('the model of a session', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'unstride-model-'));
    file = path.join(folder, 'm.onnx');
    writeFileSync(file, model('y'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is let go of where it lies in a file, and read again', async () => {
    for (const source of [file, new Blob([model('y') as BlobPart])]) {
      const held = await SessionModel.open(source, {});
      const first = await held.get();
      expect(await held.get()).toBe(first);
      held.rest();
      const second = await held.get();
      expect(second).not.toBe(first);
      expect(second.model.graph.outputs[0]!.name).toBe('y');
    }
  });

  it('stays where it lies in memory', async () => {
    for (const source of [model('y'), await openModel(file)]) {
      const held = await SessionModel.open(source, {});
      const first = await held.get();
      held.rest();
      expect(await held.get()).toBe(first);
    }
  });

  it('is not exchanged for another', async () => {
    const held = await SessionModel.open(file, {});
    held.rest();
    writeFileSync(file, model('z'));
    expect(await diagnosticsOfAsync(() => held.get())).toMatchObject([
      { code: 'US1002', file, message: expect.stringContaining('has changed') },
    ]);
    writeFileSync(file, model('y'));
    expect((await held.get()).model.graph.nodes).toHaveLength(1);
  });
});

describe('a cache of sizes', () => {
  it('disposes of what was used longest ago', () => {
    const gone: string[] = [];
    const entry = (name: string) => ({ name, dispose: () => gone.push(name) });
    const cache = new SizeCache<ReturnType<typeof entry>>(2);
    cache.add('a', entry('a'));
    cache.add('b', entry('b'));
    expect(cache.get('a')!.name).toBe('a');
    expect(gone).toEqual([]);
    cache.add('c', entry('c'));
    expect(gone).toEqual(['b']);
    expect(cache.get('b')).toBeUndefined();
    cache.makeRoom();
    expect(gone).toEqual(['b', 'a']);
    cache.clear();
    expect(gone).toEqual(['b', 'a', 'c']);
    expect(cache.get('c')).toBeUndefined();
  });
});
