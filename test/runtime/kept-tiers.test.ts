/** What an earlier process has found of the engine is not found out again. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import type { EngineFacts } from '../../src/runtime/engine-tier.js';
import { modelBytes, nodeProto } from '../support/model.js';

vi.mock('../../src/wasm/tiers.js', async (original) => {
  const module = await original<typeof import('../../src/wasm/tiers.js')>();
  return { ...module, chooseTier: vi.fn(module.chooseTier) };
});

/** Sources are another build whenever they are loaded. */
vi.mock('../../src/runtime/cache/build.js', () => ({ build: 'the same', version: 'sources' }));

const folder = mkdtempSync(path.join(tmpdir(), 'unstride-tiers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => vi.resetModules());

const model = modelBytes({ inputs: { x: [2] }, nodes: [nodeProto('Relu', 'x', 'y')], outputs: { y: [2] } });

/** A session of another process, as far as modules are one: how often it has tried tiers, and what it notes. */
async function session(cache?: string): Promise<{ readonly tried: number; readonly notes: readonly unknown[] }> {
  const { chooseTier } = await import('../../src/wasm/tiers.js');
  const { InferenceSession } = await import('../../src/runtime/inference-session.js');
  vi.mocked(chooseTier).mockClear();
  const created = await InferenceSession.create(model, { threads: 1, ...(cache === undefined ? {} : { cache }) });
  await created.release();
  return { tried: vi.mocked(chooseTier).mock.calls.length, notes: created.notes };
}

it('where there is a cache', async () => {
  expect(await session(folder)).toEqual({ tried: 1, notes: [] });
  vi.resetModules();
  expect(await session(folder)).toEqual({ tried: 0, notes: [] });
  vi.resetModules();
  expect(await session()).toEqual({ tried: 1, notes: [] });
});

it('nor where what was kept is damaged: it is found out again, and kept', async () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.program')))
    writeFileSync(path.join(folder, name), 'x'.repeat(60));
  const { tried, notes } = await session(folder);
  expect(tried).toBe(1);
  expect(JSON.stringify(notes)).toContain('was damaged and is made anew');
  vi.resetModules();
  expect((await session(folder)).tried).toBe(0);
});

it('for the same engine and flags alone, and only what was found good', async () => {
  const { engineTier } = await import('../../src/runtime/engine-tier.js');
  const { chooseTier } = await import('../../src/wasm/tiers.js');
  const kept = new Map<string, EngineFacts>();
  const keeping = Promise.resolve({
    engineFacts: async (engine: string) => kept.get(engine),
    keepEngineFacts: async (engine: string, facts: EngineFacts) => void kept.set(engine, facts),
  });
  vi.mocked(chooseTier).mockResolvedValueOnce({ tier: 'fma', reasons: ['wide: not faster than 128-bit code here'] });
  expect((await engineTier('wide', keeping)).tier).toBe('fma');
  expect(kept.size).toBe(0);
  expect((await engineTier('baseline', keeping)).tier).toBe('baseline');
  expect([...kept.keys()].join()).toContain(process.versions.v8);
});
