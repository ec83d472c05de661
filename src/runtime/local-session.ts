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
    // Before most of the code is loaded.
    if (options.cache === undefined && isNode()) (await import('./node-files.js')).keepCodeUnasked();
    for (const loading of [import('../compile.js'), isNode() ? locating : fetchForms(locating)])
      loading?.catch(() => {});
  }
  const { LocalSession } = await import('./session.js');
  return LocalSession.create(source, options, tell, locating);
}

/** What reads such a model comes with the engine: one import after another would take as many ways to the server and back. */
async function fetchForms(locating: Promise<Located> | undefined): Promise<void> {
  const located = await locating;
  if (located && mayNameFiles(located.content)) await import('../onnx/rare-forms.js');
}

/** Whether a model names files of weights: each tensor that lies in one has a `location`, and what is left is small. */
function mayNameFiles(content: Located['content']): boolean {
  return content instanceof Uint8Array && new TextDecoder().decode(content.subarray(0, 2 ** 20)).includes('location');
}
