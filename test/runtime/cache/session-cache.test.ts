/** Sessions that find what an earlier one has compiled: the same bits, and never another model's. */
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as compiling from '../../../src/compile.js';
import { ModelError } from '../../../src/diagnostics.js';
import { Tensor as DenseTensor } from '../../../src/ir/tensor.js';
import * as reading from '../../../src/onnx/read-plain.js';
import { InferenceSession } from '../../../src/runtime/inference-session.js';
import type { SessionNote, SessionOptions } from '../../../src/runtime/session-options.js';
import { Tensor } from '../../../src/runtime/tensor/tensor.js';
import { modelBytes, nodeProto } from '../../support/model.js';

// A module's own names cannot be spied on.
vi.mock('../../../src/compile.js', async (original) => {
  const module = await original<typeof compiling>();
  return { ...module, compileForSteps: vi.fn(module.compileForSteps) };
});
const compiled = vi.mocked(compiling.compileForSteps);
vi.mock('../../../src/onnx/read-plain.js', async (original) => {
  const module = await original<typeof reading>();
  return { ...module, readPlain: vi.fn(module.readPlain) };
});
const read = vi.mocked(reading.readPlain);

/** A convolution of eight channels, then a Relu. */
function network(weight = 0.5, size: number | string = 12): Uint8Array {
  const values = Float32Array.from({ length: 8 * 8 * 9 }, (_, i) => Math.sin(i) * weight);
  return modelBytes({
    inputs: { x: [1, 8, size, size] },
    outputs: { y: [1, 8, size, size] },
    nodes: [nodeProto('Conv', 'x w', 'c', { pads: [1, 1, 1, 1] }), nodeProto('Relu', 'c', 'y')],
    initializers: { w: new DenseTensor('float32', [8, 8, 3, 3], values) },
  });
}

let folder: string;
let notes: SessionNote[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unstride-cache-'));
  notes = [];
  compiled.mockClear();
  read.mockClear();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entries = () => readdirSync(folder).filter((name) => /^[0-9a-f]+\.program$/.test(name));

async function run(
  model: Uint8Array | string,
  { sizes = [12], ...options }: SessionOptions & { readonly sizes?: readonly number[] } = {},
): Promise<Float32Array[]> {
  const onNote = (note: SessionNote) => notes.push(note);
  const session = await InferenceSession.create(model, { threads: 1, cache: folder, onNote, ...options });
  const results: Float32Array[] = [];
  for (const size of sizes) {
    const data = Float32Array.from({ length: 8 * size * size }, (_, i) => Math.cos(i));
    const { y } = await session.run({ x: new Tensor('float32', data, [1, 8, size, size]) });
    results.push((y as Tensor).data as Float32Array);
  }
  await session.release();
  return results;
}

describe('a session with a cache', () => {
  it.each([1, 2])('finds what an earlier one has compiled, with %i threads', async (threads) => {
    const first = await run(network(), { threads });
    expect(compiled).toHaveBeenCalledTimes(1);
    expect(await run(network(), { threads })).toEqual(first);
    expect(compiled).toHaveBeenCalledTimes(1);
    expect(entries()).toHaveLength(1);
    expect(notes).toEqual([]);
  });

  it('tells of its steps as the one that compiled them', async () => {
    const describe = async () => {
      const session = await InferenceSession.create(network(), { threads: 1, cache: folder });
      const names: string[] = [];
      const feeds = { x: new Tensor('float32', new Float32Array(8 * 144), [1, 8, 12, 12]) };
      await session.run(feeds, {
        profile: ({ traceEvents }) => {
          for (const { cat, name, args } of traceEvents)
            if (cat === 'step') names.push(`${name} ${args['shapes']} ${args['algorithm']}`);
        },
      });
      await session.release();
      return names;
    };
    const first = await describe();
    expect(first.join('\n')).toContain('Conv + Relu');
    expect(await describe()).toEqual(first);
    expect(compiled).toHaveBeenCalledTimes(1);
  });

  it('keeps apart what differs in weights, sizes, precision, threads or tier', async () => {
    const others: readonly (readonly [Uint8Array, SessionOptions])[] = [
      [network(0.25), {}],
      [network(0.5, 'S'), {}],
      [network(), { precision: 'strict' }],
      [network(), { threads: 2 }],
      [network(), { memoryLimit: 1e9 }],
    ];
    const first = await run(network());
    for (const [i, [model, options]] of others.entries()) {
      await run(model, options);
      expect(entries()).toHaveLength(i + 2);
    }
    expect(compiled).toHaveBeenCalledTimes(6);
    expect(await run(network())).toEqual(first);
    expect(compiled).toHaveBeenCalledTimes(6);
  });

  it('notices weights that have changed in a file of their own', async () => {
    const external = (name: string) => ({ key: name, value: { location: 'w', offset: '0', length: '2304' }[name]! });
    const bytes = modelBytes({
      inputs: { x: [1, 8, 12, 12] },
      outputs: { y: [1, 8, 12, 12] },
      nodes: [nodeProto('Conv', 'x w', 'y', { pads: [1, 1, 1, 1] })],
      initializers: [
        {
          name: 'w',
          dims: [8, 8, 3, 3],
          dataType: 1,
          dataLocation: 1,
          externalData: ['location', 'offset', 'length'].map(external),
        },
      ],
    });
    const models = path.join(folder, 'models');
    const file = path.join(folder, 'm.onnx');
    writeFileSync(file, bytes);
    const weights = new Float32Array(576).fill(0.1);
    writeFileSync(path.join(folder, 'w'), new Uint8Array(weights.buffer));
    const first = await run(file, { cache: models });
    weights[17] = 3;
    writeFileSync(path.join(folder, 'w'), new Uint8Array(weights.buffer));
    const second = await run(file, { cache: models });
    expect(second).not.toEqual(first);
    expect(await run(file, { cache: models })).toEqual(second);
    expect(compiled).toHaveBeenCalledTimes(2);
  });

  it('understands no model again whose programs it has, and any other one', async () => {
    const file = path.join(folder, 'm.onnx');
    writeFileSync(file, network(0.5, 'S'));
    const options = { cache: path.join(folder, 'programs') };
    const first = await run(file, options);
    expect(read).toHaveBeenCalledTimes(1);
    expect(await run(file, options)).toEqual(first);
    expect(await run(network(0.5, 'S'), options)).toEqual(first);
    expect(read).toHaveBeenCalledTimes(1);
    // Another size has to be compiled.
    expect((await run(file, { ...options, sizes: [12, 9] }))[0]).toEqual(first[0]);
    expect(read).toHaveBeenCalledTimes(2);
    writeFileSync(file, network(0.25, 'S'));
    expect(await run(file, options)).not.toEqual(first);
    expect(read).toHaveBeenCalledTimes(3);
  });

  it('says the same of feeds that do not fit, whether or not it has read the model', async () => {
    const failure = async () => {
      const session = await InferenceSession.create(network(0.5, 'S'), { threads: 1, cache: folder });
      const { inputMetadata, outputMetadata, inputNames, outputNames } = session;
      const data = new Float32Array(8 * 6);
      const error = await session.run({ x: new Tensor('float32', data, [1, 8, 2, 3]) }).catch((thrown) => thrown);
      await session.release();
      if (!(error instanceof ModelError)) throw error;
      return { inputMetadata, outputMetadata, inputNames, outputNames, diagnostics: error.diagnostics };
    };
    const first = await failure();
    expect(await failure()).toEqual(first);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('refuses other sizes where the file is another by then', async () => {
    const file = path.join(folder, 'm.onnx');
    writeFileSync(file, network(0.5, 'S'));
    const options = { threads: 1, cache: path.join(folder, 'programs') };
    await run(file, options);
    const session = await InferenceSession.create(file, options);
    writeFileSync(file, network(0.25, 'S'));
    const feeds = { x: new Tensor('float32', new Float32Array(8 * 81), [1, 8, 9, 9]) };
    await expect(session.run(feeds)).rejects.toThrow('the file has changed');
    await session.release();
  });

  it('has the programs of several sizes, in any order', async () => {
    const model = network(0.5, 'S');
    const [a, b, c] = await run(model, { sizes: [12, 20, 9] });
    expect(compiled).toHaveBeenCalledTimes(3);
    expect(await run(model, { sizes: [9, 20, 12] })).toEqual([c, b, a]);
    expect(await run(model, { sizes: [20, 12, 9] })).toEqual([b, a, c]);
    // A size that is new, between those that were kept.
    const [, fresh] = await run(model, { sizes: [9, 31, 20] });
    expect(await run(model, { sizes: [31, 9] })).toEqual([fresh, c]);
    expect(notes).toEqual([]);
  });

  it('makes damaged entries anew, with a note', async () => {
    const first = await run(network());
    const [name] = entries();
    const file = path.join(folder, name!);
    const whole = readFileSync(file);
    const damages = fc.oneof(
      fc.record({ at: fc.nat(whole.length - 1), by: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ length: fc.nat(whole.length - 1) }),
    );
    const attempt = async (damage: { at: number; by: number } | { length: number }) => {
      const bytes = Buffer.from(whole);
      if ('at' in damage) bytes[damage.at]! ^= damage.by;
      writeFileSync(file, bytes);
      if ('length' in damage) truncateSync(file, damage.length);
      notes = [];
      expect(await run(network())).toEqual(first);
      expect(notes).toMatchObject([{ about: 'cache', text: expect.stringContaining('damaged') }]);
      expect(readFileSync(file).equals(whole)).toBe(true);
    };
    await fc.assert(fc.asyncProperty(damages, attempt), { numRuns: 12 });
  });

  it('says the same of inputs and outputs, from what was kept and where that is damaged', async () => {
    const describe = async () => {
      const onNote = (note: SessionNote) => notes.push(note);
      const session = await InferenceSession.create(network(0.5, 'S'), { threads: 1, cache: folder, onNote });
      const { inputMetadata, outputMetadata } = session;
      await session.release();
      return { inputMetadata, outputMetadata };
    };
    const first = await describe();
    expect(first.outputMetadata).toMatchObject([{ name: 'y', type: 'float32', shape: [1, 8, 'S', 'S'] }]);
    expect(await describe()).toEqual(first);
    const [name] = readdirSync(folder).filter((item) => item.includes('.facts'));
    const file = path.join(folder, name!);
    const whole = readFileSync(file);
    for (const damaged of [whole.subarray(0, 20), whole.subarray(0, -1), Buffer.from(whole).fill(0, 40, 50)]) {
      writeFileSync(file, damaged);
      expect(await describe()).toEqual(first);
      expect(readFileSync(file).equals(whole)).toBe(true);
    }
    expect(notes).toHaveLength(3);
  });

  it('takes no entry that was made with another key', async () => {
    await run(network());
    const first = entries();
    writeFileSync(path.join(folder, 'key'), new Uint8Array(32));
    await run(network());
    expect(compiled).toHaveBeenCalledTimes(2);
    expect(entries()).toHaveLength(first.length + 1);
  });

  it('removes what was not used for longest where there is too much, and keeps nothing that is too large', async () => {
    await run(network(1));
    const bytes = statSync(path.join(folder, entries()[0]!)).size;
    const old = entries()[0]!;
    utimesSync(path.join(folder, old), 1000, 1000);
    const facts =
      3 *
      Math.max(
        ...readdirSync(folder).map((name) => (name.includes('.facts') ? statSync(path.join(folder, name)).size : 0)),
      );
    const draft = path.join(folder, 'x.1-2.part');
    writeFileSync(draft, 'of a process that was killed');
    utimesSync(draft, 1000, 1000);
    const maxBytes = Math.floor(bytes * 2.5) + facts;
    await run(network(2), { cache: { folder, maxBytes } });
    expect(entries()).toContain(old);
    await run(network(3), { cache: { folder, maxBytes } });
    expect(entries()).toHaveLength(2);
    expect(entries()).not.toContain(old);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    await run(network(4), { cache: { folder, maxBytes: bytes - 1 } });
    // Nor are the others within this bound.
    expect(entries()).toEqual([]);
  });

  it('goes without where the folder cannot be made', async () => {
    const place = path.join(folder, 'a file');
    writeFileSync(place, '');
    expect(await run(network(), { cache: place })).toEqual(await run(network(), { cache: false }));
    expect(notes).toMatchObject([{ about: 'cache', text: expect.stringContaining('nothing is kept') }]);
  });

  it('keeps nothing of what the host computes a part of, nor without being asked', async () => {
    const model = modelBytes({
      inputs: { x: [1, 8, 12, 12] },
      outputs: { y: [1, 8, 12, 12] },
      nodes: [nodeProto('RandomUniformLike', 'x', 'b'), nodeProto('Mul', 'x b', 'y')],
    });
    await run(model);
    await run(network(), { cache: false });
    await run(network(), { executor: 'reference' });
    expect(entries()).toEqual([]);
  });

  it.each([5, null, { folder: 1 }, { maxBytes: 0 }])('refuses %j', async (cache) => {
    await expect(InferenceSession.create(network(), { cache: cache as never })).rejects.toThrow(/'cache/);
  });
});

describe('another build', () => {
  it('has entries of its own', async () => {
    await run(network());
    vi.resetModules();
    vi.doMock('../../../src/runtime/cache/build.js', () => ({ build: 'another', version: '2' }));
    const { InferenceSession: Another } = await import('../../../src/runtime/inference-session.js');
    const session = await Another.create(network(), { threads: 1, cache: folder });
    await session.run({ x: new Tensor('float32', new Float32Array(8 * 144), [1, 8, 12, 12]) });
    await session.release();
    expect(entries()).toHaveLength(2);
    vi.doUnmock('../../../src/runtime/cache/build.js');
  });
});
