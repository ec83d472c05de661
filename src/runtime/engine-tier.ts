/** Which code kernels are made of: what is asked for, where this engine runs it well. Found out once in a process, or kept. */
import type { ByteProducts } from '../wasm/kernels/byte-tile.js';
import type { Tier } from '../wasm/kernels/kernel.js';
import type { TierChoice, TierOptions } from '../wasm/tiers.js';
import { isNode } from './host.js';

const choices = new Map<Tier | undefined, Promise<TierChoice>>();

/** What earlier processes found of an engine. */
export interface EngineFacts {
  readonly tier: Tier;
  /** How kernels of the tier sum products of bytes. */
  readonly byteProducts: ByteProducts;
}

/** The same, by all that it depends on. */
export interface KeptTiers {
  engineFacts(engine: string): Promise<EngineFacts | undefined>;
  keepEngineFacts(engine: string, facts: EngineFacts): Promise<void>;
}

const byteProducts = new Map<Tier, ByteProducts>();

/**
 * @param kept where the tier is remembered, but for one that was asked for and not found good: it may be when there is less to do
 * @throws Error where there is no WebAssembly with SIMD
 */
export function engineTier(asked: Tier | undefined, kept?: Promise<KeptTiers | undefined>): Promise<TierChoice> {
  let choice = choices.get(asked);
  if (choice === undefined) {
    choice = kept === undefined ? choose(asked) : chooseKept(asked, kept);
    choices.set(asked, choice);
  }
  return choice;
}

async function chooseKept(asked: Tier | undefined, keeping: Promise<KeptTiers | undefined>): Promise<TierChoice> {
  const kept = isNode() ? await keeping : undefined;
  if (kept === undefined) return await choose(asked);
  const { engineIdentity } = await import('./node-files.js');
  const engine = `${engineIdentity()} ${asked ?? 'any tier without flags'}`;
  const facts = await kept.engineFacts(engine);
  if (facts !== undefined) {
    const { enableWide, enableRelaxedSimd } = await switches();
    if (asked === 'wide') enableWide?.();
    if (asked === 'fma') enableRelaxedSimd?.();
    byteProducts.set(facts.tier, facts.byteProducts);
    return { tier: facts.tier, reasons: [] };
  }
  const choice = await choose(asked);
  const { tier } = choice;
  if (asked === undefined || tier === asked)
    await kept.keepEngineFacts(engine, { tier, byteProducts: await engineByteProducts(tier) });
  return choice;
}

async function choose(asked: Tier | undefined): Promise<TierChoice> {
  if (typeof WebAssembly !== 'object') throw new Error('there is no WebAssembly here');
  const { chooseTier } = await import('../wasm/tiers.js');
  // Flags hold for the whole process, so only what is asked for by name sets them.
  if (asked === undefined || asked === 'baseline') return await chooseTier({ tier: asked ?? 'fma' });
  const { enableWide, isKnownToPair, enableRelaxedSimd } = await switches();
  if (asked === 'fma') return await chooseTier({ tier: asked, enableRelaxedSimd });
  if (enableWide === undefined) {
    const { tier, reasons } = await chooseTier({ tier: 'fma', enableRelaxedSimd });
    return { tier, reasons: ['wide: it takes a flag that V8 has from Node 24 on, for x64', ...reasons] };
  }
  return await chooseTier({ tier: asked, enableWide, isKnownToPair });
}

/** What makes the engine pair vectors, and know relaxed SIMD; undefined where nothing can. */
async function switches(): Promise<Omit<TierOptions, 'tier'>> {
  if (!isNode()) return {};
  const engine = await import('./node-files.js');
  return {
    enableWide: engine.canEnableWideVectors() ? engine.enableWideVectors : undefined,
    isKnownToPair: engine.isKnownToPair(),
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

/** How kernels of this tier sum products of bytes here. Found out once in a process, or kept with the tier. */
export async function engineByteProducts(tier: Tier): Promise<ByteProducts> {
  if (tier === 'baseline') return 'pairs';
  let form = byteProducts.get(tier);
  if (form === undefined) {
    const { byteProductsOf } = await import('../wasm/byte-products.js');
    form = byteProductsOf(tier);
    byteProducts.set(tier, form);
  }
  return form;
}
