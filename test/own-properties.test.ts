/**
 * Names from files may be those that every object has of itself: `__proto__`, `toString`. So what is looked up by a name is a Map,
 * or asked for its own properties only.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Zip, ZipPassThrough } from 'fflate';
import { describe, expect, it } from 'vitest';
import { checkModel } from '../src/check.js';
import { parseConfig } from '../src/contract/config.js';
import { formatLock, parseLock } from '../src/contract/lock-file.js';
import { writeNpy } from '../src/files/npy.js';
import { npzNames, npzPieces, readNpz } from '../src/files/npz.js';
import { float32 } from '../src/ir/tensor.js';
import { readModel } from '../src/onnx/read.js';
import { InferenceSession } from '../src/runtime/inference-session.js';
import { Tensor } from '../src/runtime/tensor/tensor.js';
import { modelBytes, nodeProto } from './support/model.js';

const names = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'valueOf',
  'isPrototypeOf',
  '__defineGetter__',
];

/** Accumulators whose keys are names that this project gives: of attributes and values that operators declare, of fields of problems, of rooms. */
const ownNames = [
  'diagnostics/problem.ts',
  'ops/attributes.ts',
  'ops/signature.ts',
  'remedies/edits.ts',
  'report/pages.ts',
  'runtime/trace.ts',
  'split/known-sizes.ts',
];

function archiveOf(entry: string, content: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  const zip = new Zip((_, piece) => {
    pieces.push(piece);
  });
  const file = new ZipPassThrough(entry);
  zip.add(file);
  file.push(content, true);
  zip.end();
  return Buffer.concat(pieces);
}

describe('the sources', () => {
  const folder = path.join(import.meta.dirname, '..', 'src');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('generated'))
    .map((file) => ({ file: file.replaceAll(path.sep, '/'), text: readFileSync(path.join(folder, file), 'utf8') }));

  it('have no tables in objects that a text indexes', () => {
    const tables = sources.filter(({ text }) => /Record<string,[^=;]*> = \{/.test(text)).map(({ file }) => file);
    expect(tables.sort()).toEqual(ownNames);
  });

  it('ask no object with `in` for a name that is not written there, but for kernels, which have no names of files', () => {
    const asking = sources
      .filter(({ file }) => !file.startsWith('wasm/'))
      .flatMap(({ file, text }) =>
        text
          .split('\n')
          .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line) && /\(\s*[a-z][\w.]* in [a-z][\w.]*\s*[)&|]/.test(line))
          .map((line) => `${file}: ${line.trim()}`),
      );
    expect(asking).toEqual([]);
  });
});

describe.each(names)('the name %s', (name) => {
  const model = modelBytes({
    inputs: { [name]: [name, 2] },
    outputs: { y: [name, 2], [`${name}2`]: [name, 2] },
    nodes: [nodeProto('Relu', name, 'y', {}, { name }), nodeProto('Identity', 'y', `${name}2`, {}, { name })],
  });
  const twice = modelBytes({
    inputs: { x: [1, 2] },
    outputs: Object.fromEntries([[name, [1, 2]]]),
    nodes: [nodeProto('Relu', 'x', name, Object.fromEntries([[name, 1]]), { name })],
    metadata: Object.fromEntries([[name, name]]),
  });

  it('is an operator like any that is not known', async () => {
    for (const domain of ['', name]) {
      const bytes = modelBytes({
        inputs: { x: [1, 2] },
        outputs: { y: [1, 2] },
        domains: Object.fromEntries(domain === '' ? [] : [[name, 1]]),
        nodes: [nodeProto(name, 'x', 'y', {}, { domain })],
      });
      expect(checkModel(readModel(bytes).model).diagnostics.map(({ code }) => code)).toContain('US1305');
      for (const executor of ['reference', 'compiled'] as const) {
        const run = async () => {
          const session = await InferenceSession.create(bytes, { executor });
          await session.run({ x: new Tensor('float32', [1, 2], [1, 2]) });
        };
        await expect(run()).rejects.toThrow(/US2009/);
      }
    }
  });

  it('is a value, an attribute and an entry like any other', async () => {
    for (const executor of ['reference', 'compiled'] as const) {
      const session = await InferenceSession.create(twice, { executor });
      const results = await session.run({ x: new Tensor('float32', [-1, 2], [1, 2]) });
      expect(Object.keys(results)).toEqual([name]);
      expect(Object.getPrototypeOf(results)).toBe(Object.prototype);
      expect(Object.getOwnPropertyDescriptor(results, name)?.value.data).toEqual(Float32Array.of(0, 2));
      await session.release();
    }
  });

  it('is a size and an input like any other', async () => {
    const { sizes, inference } = checkModel(readModel(model).model, { bindings: new Map() });
    expect(sizes.symbols.map((item) => [item.name, item.text])).toEqual([[name, 'any size']]);
    expect(inference.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const session = await InferenceSession.create(model, { freeDimensionOverrides: Object.fromEntries([[name, 1]]) });
    const feeds = Object.fromEntries([[name, new Tensor('float32', [-1, 2], [1, 2])]]);
    expect((await session.run(feeds, ['y']))['y']!.data).toEqual(Float32Array.of(0, 2));
    await expect(session.run({ x: new Tensor('float32', [-1, 2], [1, 2]) })).rejects.toThrow(/US200/);
    await session.release();
  });

  it('is an array of an archive like any other, with an ending or without', () => {
    const array = float32([2], [1, 2]);
    const written = Buffer.concat([...npzPieces(new Map([[name, array]]))]);
    for (const archive of [written, archiveOf(name, writeNpy(array).bytes)]) {
      expect(npzNames(archive)).toEqual([name]);
      expect(readNpz(archive, () => true)).toEqual(new Map([[name, array]]));
    }
  });

  it('is a name in configurations and lock files like any other', () => {
    const { models } = parseConfig(
      `models:\n  - files: m.onnx\n    dims: { ${JSON.stringify(name)}: 4 }\n    inputs: { ${JSON.stringify(name)}: "float32[1]" }\n`,
    );
    expect(models[0]?.dims).toEqual(new Map([[name, 4]]));
    expect([...models[0]!.inputs.keys()]).toEqual([name]);
    const locked = [{ file: name, values: [{ kind: 'input' as const, name, type: 'float32[1]', op: undefined }] }];
    expect(parseLock(formatLock(locked))).toEqual(locked);
  });
});
