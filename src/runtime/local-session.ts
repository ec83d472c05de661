/** Where sessions on this thread come from: the engine, most of the library's code, is loaded when the first one is made. */
import type { SessionEngine, Tell } from './session-engine.js';
import type { SessionSource } from './session-model.js';
import type { SessionOptions } from './session-options.js';

export async function createLocalSession(
  source: SessionSource,
  options: SessionOptions,
  tell: Tell,
): Promise<SessionEngine> {
  const { LocalSession } = await import('./session.js');
  return LocalSession.create(source, options, tell);
}
