import { describe, expect, it } from 'vitest';
import { chooseTier } from '../../src/wasm/tiers.js';
import { tiers } from './kernels/run-kernel.js';

const hasRelaxedSimd = tiers.every(({ isMissing }) => !isMissing);

describe('chooseTier', () => {
  it('runs everywhere', () => {
    expect(chooseTier({ tier: 'baseline' })).toEqual({ tier: 'baseline', reasons: [] });
  });

  it('does not try wide code that nobody has allowed, and says so', () => {
    const { tier, reasons } = chooseTier();
    expect(tier).toBe(hasRelaxedSimd ? 'fma' : 'baseline');
    expect(reasons[0]).toBe('wide: nobody has allowed the flag of the engine that it needs');
  });

  it.skipIf(hasRelaxedSimd)('says what is missing for a tier that is asked for, and leaves the engine alone', () => {
    let isTouched = false;
    const enableWide = () => {
      isTouched = true;
    };
    const { tier, reasons } = chooseTier({ tier: 'wide', enableWide });
    expect(tier).toBe('baseline');
    expect(reasons).toEqual(['wide: the engine has no relaxed SIMD', 'fma: the engine has no relaxed SIMD']);
    expect(isTouched).toBe(false);
  });

  it.skipIf(!hasRelaxedSimd)('takes wide code only when the flag is set and it is faster', () => {
    let isTouched = false;
    const { tier, reasons } = chooseTier({
      enableWide: () => {
        isTouched = true;
      },
    });
    expect(isTouched).toBe(true);
    // This test process sets the flag by UNSTRIDE_WIDE or not at all; either way the choice is one that works.
    expect(['wide', 'fma']).toContain(tier);
    if (tier === 'fma') expect(reasons[0]).toMatch(/^wide: not faster/);
  });

  it('has relaxed SIMD enabled only where the engine does not know it', () => {
    let calls = 0;
    const enableRelaxedSimd = () => {
      calls++;
    };
    // This one enables nothing: what is missing stays missing.
    const { tier, reasons } = chooseTier({ tier: 'fma', enableRelaxedSimd });
    expect({ tier, calls }).toEqual(hasRelaxedSimd ? { tier: 'fma', calls: 0 } : { tier: 'baseline', calls: 1 });
    expect(reasons).toEqual(hasRelaxedSimd ? [] : ['fma: the engine has no relaxed SIMD']);
  });
});
