/** What runs a session: as asked where that is there, and otherwise something else, with the reason. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SessionNote, SessionOptions } from '../../src/runtime/session-options.js';
import { modelBytes } from '../support/model.js';

/** Tiers are found out once in a process, so each test takes the modules anew. */
async function backendFor(options: SessionOptions) {
  vi.resetModules();
  const { createBackend } = await import('../../src/runtime/create-backend.js');
  const notes: SessionNote[] = [];
  const backend = await createBackend({ threads: 1, ...options }, (note) => notes.push(note));
  const facts = { executor: backend.executor, tier: backend.tier, threads: backend.threads, notes };
  await backend.dispose();
  return facts;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('the backend', () => {
  it('is the compiler unless told', async () => {
    const { executor, tier, notes } = await backendFor({});
    expect(executor).toBe('compiled');
    // Which of them it is depends on the engine; nobody has allowed the flag for `wide`.
    expect(['fma', 'baseline']).toContain(tier);
    expect(notes).toEqual([]);
  });

  it('is the references where they are asked for', async () => {
    expect(await backendFor({ executor: 'reference' })).toEqual({
      executor: 'reference',
      tier: undefined,
      threads: 1,
      notes: [],
    });
  });

  it('is the references where there is no WebAssembly, or none with SIMD', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(await backendFor({})).toMatchObject({
      executor: 'reference',
      notes: [{ about: 'executor', text: 'the references run in place of kernels: there is no WebAssembly here' }],
    });
    vi.unstubAllGlobals();
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    const { executor, notes } = await backendFor({});
    expect(executor).toBe('reference');
    expect(notes).toHaveLength(1);
    expect(notes[0]!.text).toContain('the engine has no SIMD');
  });

  it('that cannot be had is an error of `create` alone, also while the model is still read', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    try {
      vi.stubEnv('UNSTRIDE_TIER', 'fastest');
      const { InferenceSession } = await import('../../src/runtime/inference-session.js');
      const bytes = modelBytes({ inputs: { x: [1] }, outputs: { x: [1] } });
      const model = new Blob([bytes as Uint8Array<ArrayBuffer>]);
      vi.spyOn(model, 'arrayBuffer').mockImplementation(async () => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        return Blob.prototype.arrayBuffer.call(model);
      });
      await expect(InferenceSession.create(model)).rejects.toThrow(RangeError);
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      process.off('unhandledRejection', unhandled);
    }
  });

  it('has the tier that is asked for by option or environment', async () => {
    expect(await backendFor({ tier: 'baseline' })).toMatchObject({ tier: 'baseline', notes: [] });
    vi.stubEnv('UNSTRIDE_TIER', 'baseline');
    expect(await backendFor({})).toMatchObject({ tier: 'baseline', notes: [] });
    vi.stubEnv('UNSTRIDE_TIER', 'fastest');
    await expect(backendFor({})).rejects.toThrow(
      "the environment variable UNSTRIDE_TIER is 'fastest', and has to be wide, fma or baseline",
    );
  });

  it('says why it has another tier', async () => {
    const { fma, baseline } = {
      fma: await backendFor({ tier: 'fma' }),
      baseline: await backendFor({ tier: 'baseline' }),
    };
    expect(baseline.notes).toEqual([]);
    if (fma.tier === 'fma') expect(fma.notes).toEqual([]);
    else {
      expect(fma).toMatchObject({ tier: 'baseline', notes: [{ about: 'tier' }] });
      expect(fma.notes[0]!.text).toBe('baseline code in place of fma: fma: the engine has no relaxed SIMD');
    }
    expect(await backendFor({ tier: 'fma', precision: 'strict' })).toMatchObject({
      tier: 'baseline',
      notes: [{ about: 'tier', text: 'baseline code in place of fma: strict precision fuses no operations' }],
    });
    expect(await backendFor({ precision: 'strict' })).toMatchObject({ tier: 'baseline', notes: [] });
  });

  it('sets no flag of the engine unless `wide` is asked for', async () => {
    const setFlagsFromString = vi.fn();
    vi.doMock('node:v8', () => ({ setFlagsFromString }));
    try {
      await backendFor({});
      await backendFor({ tier: 'fma' });
      expect(setFlagsFromString).not.toHaveBeenCalled();
      const { tier, notes } = await backendFor({ tier: 'wide' });
      for (const [flag] of setFlagsFromString.mock.calls) expect(flag).toBe('--experimental-wasm-revectorize');
      // Mocked, it has no effect, so that wide code cannot be faster.
      expect(tier).not.toBe('wide');
      expect(notes).toMatchObject([{ about: 'tier' }]);
    } finally {
      vi.doUnmock('node:v8');
    }
  });

  it('has one thread, and says so, where memory cannot be shared', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(await backendFor({ threads: 2 })).toMatchObject({
      threads: 1,
      notes: [{ about: 'threads', text: expect.stringContaining('there is no shared memory') }],
    });
  });
});
