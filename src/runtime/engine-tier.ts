/** Which code kernels are made of: what is asked for, where this engine runs it well. Found out once in a process. */
import type { Precision } from '../plan/execution-plan.js';
import { byteProductsOf } from '../wasm/byte-products.js';
import type { ByteProducts } from '../wasm/kernels/byte-tile.js';
import type { Tier } from '../wasm/kernels/kernel.js';
import { chooseTier, type TierChoice, type TierOptions } from '../wasm/tiers.js';
import { isNode } from './host.js';

const choices = new Map<Tier | undefined, Promise<TierChoice>>();

/** @throws Error where there is no WebAssembly with SIMD */
export function engineTier(asked: Tier | undefined): Promise<TierChoice> {
  let choice = choices.get(asked);
  if (choice === undefined) {
    choice = choose(asked);
    choices.set(asked, choice);
  }
  return choice;
}

async function choose(asked: Tier | undefined): Promise<TierChoice> {
  if (typeof WebAssembly !== 'object') throw new Error('there is no WebAssembly here');
  // Flags hold for the whole process, so only what is asked for by name sets them.
  if (asked === undefined || asked === 'baseline') return chooseTier({ tier: asked ?? 'fma' });
  const { enableWide, enableRelaxedSimd } = await switches();
  if (asked === 'fma') return chooseTier({ tier: asked, enableRelaxedSimd });
  if (enableWide === undefined) {
    const { tier, reasons } = chooseTier({ tier: 'fma', enableRelaxedSimd });
    return { tier, reasons: ['wide: it takes a flag of V8 that only Node 24 and newer set', ...reasons] };
  }
  return chooseTier({ tier: asked, enableWide });
}

/** What makes the engine pair vectors, and know relaxed SIMD; undefined where nothing can. */
async function switches(): Promise<Pick<TierOptions, 'enableWide' | 'enableRelaxedSimd'>> {
  if (!isNode()) return {};
  const engine = await import('./node-engine.js');
  return {
    enableWide: engine.canEnableWideVectors() ? engine.enableWideVectors : undefined,
    enableRelaxedSimd: engine.canEnableRelaxedSimd() ? engine.enableRelaxedSimd : undefined,
  };
}

/** The tier that the environment variable UNSTRIDE_TIER asks for. @throws RangeError for what is none */
export function environmentTier(): Tier | undefined {
  const value = typeof process === 'object' ? process.env?.['UNSTRIDE_TIER'] : undefined;
  if (value === undefined || value === '') return undefined;
  if (value === 'wide' || value === 'fma' || value === 'baseline') return value;
  throw new RangeError(`the environment variable UNSTRIDE_TIER is '${value}', and has to be wide, fma or baseline`);
}

/** How a session's kernels of this tier multiply bytes here; undefined where it leaves integers to float32. */
export function engineByteProducts(tier: Tier, precision: Precision): ByteProducts | undefined {
  return byteProductsOf(tier, precision === 'strict');
}
