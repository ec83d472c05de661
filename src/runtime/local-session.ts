/** Where sessions on this thread come from: the engine, most of the library's code, is loaded when the first one is made. */
import { isCached } from './cache/store.js';
import { isNode } from './host.js';
import { isHeld, type Located, locate, nameOf } from './locate.js';
import type { SessionEngine, Tell } from './session-engine.js';
import type { SessionSource } from './session-model.js';
import type { SessionOptions } from './session-options.js';

export async function createLocalSession(
  source: SessionSource,
  options: SessionOptions,
  tell: Tell,
): Promise<SessionEngine> {
  let locating: Promise<Located> | undefined;
  // What was kept of a model takes the place of all of this.
  if (!isCached(options.cache)) {
    if (!isHeld(source)) locating = locate(source, options.file ?? nameOf(source));
    for (const loading of [locating, ...makers()]) loading?.catch(() => {});
  }
  const { LocalSession } = await import('./session.js');
  return LocalSession.create(source, options, tell, locating);
}

/**
 * What makes programs, and what every model needs of it: in a browser one import after another takes as many ways to the server and
 * back. Whoever needs it awaits it.
 */
function makers(): Promise<unknown>[] {
  const compiler = import('../compile.js');
  const measures = !isNode() && globalThis.crossOriginIsolated === true;
  return measures ? [compiler, import('../wasm/cache-probe.js')] : [compiler];
}
