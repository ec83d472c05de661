/** What kind of processor plans are made for. */
import { afterEach, expect, it, vi } from 'vitest';
import { classOf, engineProcessor, probedProcessor } from '../../src/runtime/engine-processor.js';
import type { ProcessorClass } from '../../src/wasm/processor.js';

afterEach(() => vi.unstubAllEnvs());

it.each([
  [2 ** 18, 'cache-1m'],
  [2 ** 20, 'cache-1m'],
  [1.25 * 2 ** 20, 'cache-1m'],
  [2 ** 21, 'cache-2m'],
  [3 * 2 ** 20, 'cache-2m'],
] as const)('a second-level cache of %s bytes is of the class %s', (bytes, name) => {
  expect(classOf(bytes)).toBe(name);
});

it('the environment names the class', async () => {
  vi.stubEnv('UNSTRIDE_PROCESSOR', 'cache-2m');
  expect(await engineProcessor()).toBe('cache-2m');
  vi.stubEnv('UNSTRIDE_PROCESSOR', 'cache-9m');
  await expect(engineProcessor()).rejects.toThrow(
    "the environment variable UNSTRIDE_PROCESSOR is 'cache-9m', and has to be cache-1m or cache-2m",
  );
});

it('without it the system tells, the same each time', async () => {
  vi.stubEnv('UNSTRIDE_PROCESSOR', '');
  const first = await engineProcessor();
  expect(['cache-1m', 'cache-2m']).toContain(first);
  expect(await engineProcessor()).toBe(first);
});

it('what a probe finds is kept for the machine, and not probed again', async () => {
  const kept = new Map<string, ProcessorClass>();
  const keeping = Promise.resolve({
    processorOf: async (machine: string) => kept.get(machine),
    keepProcessor: async (machine: string, processor: ProcessorClass) => void kept.set(machine, processor),
  });
  const probe = vi.fn(async () => 'cache-2m' as const);
  expect(await probedProcessor('this one', keeping, probe)).toBe('cache-2m');
  expect(await probedProcessor('this one', keeping, probe)).toBe('cache-2m');
  expect(probe).toHaveBeenCalledTimes(1);
  expect(await probedProcessor('this one', undefined, probe)).toBe('cache-2m');
  expect(probe).toHaveBeenCalledTimes(2);
});

it('where it cannot be told, the usual class is taken, and nothing is kept', async () => {
  const keepProcessor = vi.fn(async () => {});
  const keeping = Promise.resolve({ processorOf: async () => undefined, keepProcessor });
  expect(await probedProcessor('this one', keeping, async () => undefined)).toBe('cache-1m');
  expect(keepProcessor).not.toHaveBeenCalled();
});
