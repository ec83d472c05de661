/** Settings of the program, and names that are no options: what sessions say of them. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import ort, { env, InferenceSession, listSupportedBackends, registerBackend, TRACE } from '../../src/index.js';
import { environmentThreads } from '../../src/runtime/common/env.js';
import type { SessionNote, SessionOptions } from '../../src/runtime/session-options.js';
import { modelBytes, nodeProto } from '../support/model.js';

const bytes = modelBytes({ inputs: { x: [2] }, outputs: { logits: [2] }, nodes: [nodeProto('Neg', 'x', 'logits')] });
const feeds = { x: new ort.Tensor('float32', [1, -2], [2]) };

async function notesOf(options: object, run?: object): Promise<SessionNote[]> {
  const notes: SessionNote[] = [];
  const session = await InferenceSession.create(bytes, { threads: 1, onNote: (note) => notes.push(note), ...options });
  if (run !== undefined) for (let i = 0; i < 2; i++) await session.run(feeds, run as SessionOptions);
  expect(session.notes).toEqual(notes);
  await session.release();
  return notes;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  env.logLevel = 'warning';
  for (const flags of [env.wasm, env.webgl, env.webgpu])
    for (const name of Object.keys(flags)) delete (flags as Record<string, unknown>)[name];
});

describe('env', () => {
  it('has a place for all settings of onnxruntime', () => {
    expect(env).toMatchObject({ logLevel: 'warning', wasm: {}, webgl: {}, webgpu: {} });
    expect(env.versions.common).toMatch(/^1\.\d+\.\d+$/);
    env.logLevel = 'error';
    expect(env.logLevel).toBe('error');
    expect(() => {
      env.logLevel = 'loud' as 'error';
    }).toThrow("the logLevel is 'loud', and has to be one of verbose");
    // It is sent to workers.
    expect(structuredClone(env)).toMatchObject({ logLevel: 'error' });
  });

  it('gives sessions their threads where their options name none', async () => {
    const threads = async (options: SessionOptions) => {
      const session = await InferenceSession.create(bytes, options);
      let count = 0;
      await session.run(feeds, {
        onReport: (report) => {
          count = report.threads;
        },
      });
      await session.release();
      return count;
    };
    env.wasm.numThreads = 2;
    expect(await threads({})).toBe(2);
    expect(await threads({ intraOpNumThreads: 0 })).toBe(2);
    expect(await threads({ intraOpNumThreads: 1 })).toBe(1);
    env.wasm.numThreads = 0;
    expect(environmentThreads()).toBeUndefined();
    env.wasm.numThreads = 1.5;
    await expect(InferenceSession.create(bytes)).rejects.toThrow("'env.wasm.numThreads' is 1.5");
  });

  it('is told once where a setting changes nothing', async () => {
    env.wasm.wasmPaths = 'https://example.org/';
    env.wasm.numThreads = 1;
    env.webgpu.powerPreference = 'high-performance';
    const info = vi.spyOn(console, 'info').mockImplementation(() => {});
    expect(await notesOf({})).toEqual([
      { about: 'environment', text: 'set, but without a meaning here: env.wasm.wasmPaths, env.webgpu.powerPreference' },
    ]);
    expect(await notesOf({})).toEqual([]);
    expect(info).not.toHaveBeenCalled();
    env.webgl.pack = true;
    await (await InferenceSession.create(bytes, { threads: 1 })).release();
    expect(info.mock.calls).toEqual([['unstride: set, but without a meaning here: env.webgl.pack']]);
  });
});

describe('a name that is no option', () => {
  it('is told with the nearest right one', async () => {
    expect(await notesOf({ thread: 1, freeDimensionOverride: {} }, { onReprot: () => {} })).toEqual([
      { about: 'option', text: "'create' has no option 'thread', which changes nothing; did you mean threads?" },
      {
        about: 'option',
        text: "'create' has no option 'freeDimensionOverride', which changes nothing; did you mean freeDimensionOverrides?",
      },
      { about: 'option', text: "'run' has no option 'onReprot', which changes nothing; did you mean onReport?" },
    ]);
    expect(await notesOf({}, { logit: null })).toEqual([
      { about: 'option', text: "'run' has no option 'logit', which changes nothing; did you mean the output logits?" },
    ]);
  });

  it('is written to the console where nobody listens, unless that is to be quiet', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const create = async () =>
      (await InferenceSession.create(bytes, { threads: 1, thread: 2 } as SessionOptions)).release();
    await create();
    expect(warn.mock.calls).toEqual([
      ["unstride: 'create' has no option 'thread', which changes nothing; did you mean threads?"],
    ]);
    env.logLevel = 'error';
    await create();
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('is none of those that onnxruntime has', async () => {
    const options = {
      executionProviders: ['webgpu', { name: 'cpu', useArena: true }],
      graphOptimizationLevel: 'all',
      enableCpuMemArena: true,
      executionMode: 'sequential',
      logSeverityLevel: 3,
      preferredOutputLocation: 'cpu',
      extra: { session: { set_denormal_as_zero: '1' } },
    };
    expect(await notesOf(options, { tag: 'a', terminate: false, logVerbosityLevel: 0 })).toEqual([]);
  });
});

describe('what onnxruntime has besides', () => {
  it('is there, and harmless', () => {
    const stamp = vi.fn();
    vi.stubGlobal('console', Object.assign(Object.create(console), { timeStamp: stamp }));
    TRACE('CPU', 'x');
    expect(stamp).not.toHaveBeenCalled();
    env.wasm.trace = true;
    TRACE('CPU', 'x');
    expect(stamp).toHaveBeenCalledWith('CPU::ORT::x');
    expect(listSupportedBackends()).toContainEqual({ name: 'cpu', bundled: true });
    registerBackend('mine', { init: async () => {}, createInferenceSessionHandler: async () => Promise.reject() }, 1);
    expect(() => registerBackend('mine', {} as never, 1)).toThrow(TypeError);
  });
});
