/** Starts sessions with the command's options. */
import { environmentProcessor } from '../../runtime/engine-processor.js';
import { environmentTier } from '../../runtime/engine-tier.js';
import { InferenceSession } from '../../runtime/inference-session.js';
import type { OpenedModel } from '../../runtime/open.js';
import { ofEnvironment } from '../code-options.js';
import { writeStderr } from '../output.js';
import type { Settings } from './settings.js';

/** @param dims sizes of the model's symbols */
export function startSession(
  model: OpenedModel,
  settings: Settings,
  dims: ReadonlyMap<string, number>,
): Promise<InferenceSession> {
  const { engine } = settings;
  ofEnvironment(environmentProcessor);
  return InferenceSession.create(model, {
    ...engine,
    // The program may set flags of the engine, since the process is its own.
    tier: engine.tier ?? ofEnvironment(environmentTier) ?? 'wide',
    seed: settings.seed,
    freeDimensionOverrides: Object.fromEntries(dims),
    enableProfiling: settings.profile !== undefined,
    onNote: ({ about, text }) => {
      // The report states what references compute.
      if (about === 'references') return;
      // A tier and a number of threads that were not requested are the program's own choice.
      const isChoice = about === 'tier' || about === 'threads';
      if (!isChoice || engine[about] !== undefined) writeStderr(`note: ${text}`);
    },
  });
}
