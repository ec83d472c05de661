/** The backend that a session's options ask for, or the one that there is. */
import { usualProcessor } from '../wasm/processor.js';
import type { TierChoice } from '../wasm/tiers.js';
import type { Backend } from './backend.js';
import { isCached } from './cache/store.js';
import { threadsOf } from './check-options.js';
import { CompiledBackend } from './compiled-backend.js';
import { engineProcessor, type KeptProcessors } from './engine-processor.js';
import { engineByteProducts, engineTier, environmentTier, type KeptTiers } from './engine-tier.js';
import type { SessionNote, SessionOptions } from './session-options.js';

/**
 * @param note hears what is not as asked
 * @param kept what earlier processes found of the engine
 */
export async function createBackend(
  options: SessionOptions,
  note: (note: SessionNote) => void,
  kept?: Promise<(KeptTiers & KeptProcessors) | undefined>,
): Promise<Backend> {
  if (options.executor === 'reference') return (await import('./reference-backend.js')).referenceBackend;
  if (options.executor === 'dilate-pad-convolve') return (await import('./reference-backend.js')).steppedBackend;
  const precision = options.precision ?? 'fast';
  const asked = options.tier ?? environmentTier();
  let choice: TierChoice;
  try {
    // Fused operations round once where others round twice.
    choice = await engineTier(precision === 'strict' ? 'baseline' : asked, kept);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    note({ about: 'executor', text: `the references run in place of kernels: ${reason}` });
    return (await import('./reference-backend.js')).referenceBackend;
  }
  if (asked !== undefined && choice.tier !== asked) {
    const reason = precision === 'strict' ? 'strict precision fuses no operations' : choice.reasons.join('; ');
    note({ about: 'tier', text: `${choice.tier} code in place of ${asked}: ${reason}` });
  }
  return CompiledBackend.create({
    tier: choice.tier,
    processor: precision === 'strict' ? usualProcessor : await engineProcessor(kept),
    precision,
    weights: options.weights,
    narrowsFloat64: options.precision === 'fast',
    // What is kept is named by it.
    byteProducts: isCached(options.cache) ? await engineByteProducts(choice.tier) : undefined,
    threads: threadsOf(options),
    keepsCode: isCached(options.cache),
    onReason: (text) => note({ about: 'threads', text }),
  });
}
