/** Sessions as the command's options ask for them. */
import { environmentTier } from '../../runtime/engine-tier.js';
import { InferenceSession } from '../../runtime/inference-session.js';
import type { OpenedModel } from '../../runtime/open.js';
import { writeStderr } from '../output.js';
import { UsageError } from '../usage.js';
import type { EngineSettings, Settings } from './settings.js';

/** @param dims sizes of the model's symbols */
export function startSession(
  model: OpenedModel,
  settings: Settings,
  dims: ReadonlyMap<string, number>,
): Promise<InferenceSession> {
  const { engine } = settings;
  return InferenceSession.create(model, {
    ...engine,
    // The process is the program's own, so it may set flags of the engine.
    tier: engine.tier ?? tierOfEnvironment() ?? 'wide',
    seed: settings.seed,
    freeDimensionOverrides: Object.fromEntries(dims),
    enableProfiling: settings.profile !== undefined,
    onNote: ({ about, text }) => {
      // What references compute is in the report.
      if (about === 'references') return;
      // A tier and a number of threads that nobody asked for are the program's own choice.
      const isChoice = about === 'tier' || about === 'threads';
      if (!isChoice || engine[about] !== undefined) writeStderr(`note: ${text}`);
    },
  });
}

function tierOfEnvironment(): EngineSettings['tier'] {
  try {
    return environmentTier();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
