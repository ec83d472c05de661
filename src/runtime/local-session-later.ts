/** Loads the engine when the first session is made. */
import type { createLocalSession as createAtOnce } from './local-session.js';

export const createLocalSession: typeof createAtOnce = async (source, options, tell) => {
  const { LocalSession } = await import('./session.js');
  return LocalSession.create(source, options, tell);
};
