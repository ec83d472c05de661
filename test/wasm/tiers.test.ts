import { setFlagsFromString } from 'node:v8';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { canEnableWideVectors } from '../../src/runtime/node-engine.js';
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import { chooseTier, type TierOptions } from '../../src/wasm/tiers.js';
import { tiers } from './kernels/run-kernel.js';

const hasRelaxedSimd = tiers.every(({ isMissing }) => !isMissing);
const realInstance = WebAssembly.Instance;

afterEach(() => vi.unstubAllGlobals());

/** Has each function of instances called in place of itself something that is given it and what it is called with. */
function spoil(how: (run: (rounds: number) => void, rounds: number, memory: Float32Array) => void): void {
  class Instance {
    readonly exports: Record<string, unknown>;
    constructor(module: WebAssembly.Module) {
      const { exports } = new realInstance(module);
      const memory = exports['memory'] as WebAssembly.Memory;
      this.exports = { memory };
      for (const [name, run] of Object.entries(exports)) {
        if (typeof run === 'function')
          this.exports[name] = (rounds: number) =>
            how(run as (rounds: number) => void, rounds, new Float32Array(memory.buffer));
      }
    }
  }
  vi.stubGlobal('WebAssembly', Object.create(WebAssembly, { Instance: { value: Instance } }));
}

describe('chooseTier', () => {
  it('runs everywhere', async () => {
    expect(await chooseTier({ tier: 'baseline' })).toEqual({ tier: 'baseline', reasons: [] });
  });

  it('does not try wide code that nobody has allowed, and says so', async () => {
    const { tier, reasons } = await chooseTier();
    expect(tier).toBe(hasRelaxedSimd ? 'fma' : 'baseline');
    expect(reasons[0]).toBe('wide: nobody has allowed the flag of the engine that it needs');
  });

  it.skipIf(hasRelaxedSimd)(
    'says what is missing for a tier that is asked for, and leaves the engine alone',
    async () => {
      let isTouched = false;
      const enableWide = () => {
        isTouched = true;
      };
      const { tier, reasons } = await chooseTier({ tier: 'wide', enableWide });
      expect(tier).toBe('baseline');
      expect(reasons).toEqual(['wide: the engine has no relaxed SIMD', 'fma: the engine has no relaxed SIMD']);
      expect(isTouched).toBe(false);
    },
  );

  it.skipIf(!hasRelaxedSimd)('takes wide code only when the flag is set and it is faster', async () => {
    let isTouched = false;
    const { tier, reasons } = await chooseTier({
      enableWide: () => {
        isTouched = true;
      },
    });
    expect(isTouched).toBe(true);
    // This test process sets the flag by UNSTRIDE_WIDE or not at all; either way the choice is one that works.
    expect(['wide', 'fma']).toContain(tier);
    if (tier === 'fma') expect(reasons[0]).toMatch(/^wide: not faster/);
  });

  it('has relaxed SIMD enabled only where the engine does not know it', async () => {
    let calls = 0;
    const enableRelaxedSimd = () => {
      calls++;
    };
    // This one enables nothing: what is missing stays missing.
    const { tier, reasons } = await chooseTier({ tier: 'fma', enableRelaxedSimd });
    expect({ tier, calls }).toEqual(hasRelaxedSimd ? { tier: 'fma', calls: 0 } : { tier: 'baseline', calls: 1 });
    expect(reasons).toEqual(hasRelaxedSimd ? [] : ['fma: the engine has no relaxed SIMD']);
  });

  const output = { begin: 1024, count: 64 };

  it.each(['baseline', 'fma'] satisfies Tier[])('refuses %s code with any wrong result', async (tier) => {
    if (tier === 'fma' && !hasRelaxedSimd) return;
    for (let i = 0; i < output.count; i += 7) {
      spoil((run, rounds, memory) => {
        run(rounds);
        memory[output.begin + i]! += 1;
      });
      const reason = `${tier}: wrong results in the self-test`;
      if (tier === 'baseline') await expect(chooseTier({ tier })).rejects.toThrow(reason);
      else await expect(chooseTier({ tier })).rejects.toThrow(`${reason}; baseline: wrong`);
    }
  });

  describe.skipIf(!canEnableWideVectors())('where vectors are paired', () => {
    const enableWide = () => setFlagsFromString('--experimental-wasm-revectorize');
    const forms: readonly TierOptions[] = [{ isKnownToPair: true }, { isKnownToPair: false }];

    it.each(forms)('takes wide code: %j', async (form) => {
      expect(await chooseTier({ tier: 'wide', enableWide, ...form })).toEqual({ tier: 'wide', reasons: [] });
    });

    it.each(forms)('notices what goes wrong only once code is optimized: %j', async (form) => {
      for (const lane of [0, 5, output.count - 1]) {
        let runs = 0;
        spoil((run, rounds, memory) => {
          run(rounds);
          // The first rounds are tests of code that is not optimized.
          if (rounds === 1 && ++runs === 3) memory[output.begin + lane] = memory[output.begin + (lane ^ 1)]!;
        });
        const { tier, reasons } = await chooseTier({ tier: 'wide', enableWide, ...form });
        expect(tier).not.toBe('wide');
        expect(reasons[0]).toBe('wide: wrong results in the self-test of the optimized code');
      }
    });

    it('does not wait for long where nothing is optimized', async () => {
      spoil((run) => run(1));
      let now = 0;
      vi.spyOn(performance, 'now').mockImplementation(() => now++);
      const { tier, reasons } = await chooseTier({ tier: 'wide', enableWide, isKnownToPair: true });
      vi.restoreAllMocks();
      expect({ tier, reasons }).toEqual({
        tier: 'fma',
        reasons: ['wide: the engine has not optimized the self-test in time'],
      });
    });

    it('asks for fused operations, which came with vectors of 256 bits', async () => {
      spoil((run, rounds, memory) => {
        run(rounds);
        if (memory[256] === 1) memory.fill(0, output.begin, output.begin + output.count);
      });
      const { tier, reasons } = await chooseTier({ tier: 'wide', enableWide, isKnownToPair: true });
      expect({ tier, reasons }).toEqual({ tier: 'fma', reasons: ['wide: the processor has no fused operations'] });
    });
  });
});
