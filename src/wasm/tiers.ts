/**
 * Which code this engine runs well. Nothing is trusted unseen: a tier must validate and give what a plain loop gives; `wide` also
 * once the engine has optimized it (wide-tier.ts, which only hosts load that can allow it).
 */
import type { Tier } from './kernels/kernel.js';
import { Trial } from './trial.js';

export interface TierChoice {
  readonly tier: Tier;
  /** Why a better tier, or the one asked for, is not taken. */
  readonly reasons: readonly string[];
}

export interface TierOptions {
  /** The tier to use, or nothing for the best there is. */
  readonly tier?: Tier;
  /**
   * Makes the engine pair vectors to 256 bits: in Node, `v8.setFlagsFromString('--experimental-wasm-revectorize')`. It has
   * to stay set while kernels compile. Called before anything is compiled here, and only where relaxed SIMD is there; without
   * it `wide` is not tried.
   */
  readonly enableWide?: (() => void) | undefined;
  /** Whether this version of the engine is known to pair vectors once `enableWide` was called, on processors that can. */
  readonly isKnownToPair?: boolean | undefined;
  /**
   * Makes the engine know relaxed SIMD: in Node 20, `v8.setFlagsFromString('--experimental-wasm-relaxed-simd')`. Called only where
   * it does not know it of itself.
   */
  readonly enableRelaxedSimd?: (() => void) | undefined;
}

/** The reason not to use a tier, or undefined. */
async function objection(tier: Tier, options: TierOptions): Promise<string | undefined> {
  if (tier === 'wide') {
    const { enableWide, isKnownToPair } = options;
    if (enableWide === undefined) return 'wide: nobody has allowed the flag of the engine that it needs';
    const { objectionToWide } = await import('./wide-tier.js');
    return await objectionToWide(Trial.prepare, enableWide, isKnownToPair);
  }
  let prepared = Trial.prepare(tier);
  if (prepared === undefined && tier === 'fma' && options.enableRelaxedSimd !== undefined) {
    options.enableRelaxedSimd();
    prepared = Trial.prepare(tier);
  }
  const trial = prepared?.();
  if (trial === undefined) {
    return tier === 'baseline' ? 'baseline: the engine has no SIMD' : `${tier}: the engine has no relaxed SIMD`;
  }
  return trial.isRight() ? undefined : `${tier}: wrong results in the self-test`;
}

/**
 * The tier to emit kernels for. A tier that is asked for and fails falls back to the next lower one, with the reason.
 * @throws Error where not even `baseline` works.
 */
export async function chooseTier(options: TierOptions = {}): Promise<TierChoice> {
  const order: readonly Tier[] = ['wide', 'fma', 'baseline'];
  const reasons: string[] = [];
  for (const tier of order.slice(options.tier === undefined ? 0 : order.indexOf(options.tier))) {
    const reason = await objection(tier, options);
    if (reason === undefined) return { tier, reasons };
    reasons.push(reason);
  }
  throw new Error(`no WebAssembly code runs here: ${reasons.join('; ')}`);
}
