/** Where sessions on this thread come from: the engine is loaded. In the script for tags it is local-session-later.ts instead. */
import { LocalSession } from './session.js';
import type { SessionEngine, Tell } from './session-engine.js';
import type { SessionSource } from './session-model.js';
import type { SessionOptions } from './session-options.js';

export function createLocalSession(source: SessionSource, options: SessionOptions, tell: Tell): Promise<SessionEngine> {
  return LocalSession.create(source, options, tell);
}
