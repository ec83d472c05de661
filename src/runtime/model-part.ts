/** What reads models, which comes with all of the engine (engine.ts), or with the first model that is read. */
import { Part } from '../limits/part.js';

type Models = Pick<typeof import('./session-model.js'), 'SessionModel' | 'factsOf' | 'boundModel' | 'takeInference'>;

export const modelPart = new Part<Models>(() => import('./session-model.js'));

export async function models(): Promise<Models> {
  if (!modelPart.isLoaded) await modelPart.fetch();
  return modelPart.value;
}
