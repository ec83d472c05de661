/** Where sessions on this thread come from: the engine, most of the library's code, is loaded when the first one is made. */
import { isCached } from './cache/store.js';
import { fetchBytes } from './fetch-bytes.js';
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
    if (!isHeld(source)) {
      locating = locate(source, options.file ?? nameOf(source));
      if (!isNode()) locating = locating.then((located) => fetchNamed(located, options));
      locating.catch(() => {});
    }
    // Before most of the code is loaded.
    if (options.cache === undefined && isNode()) (await import('./node-files.js')).keepCodeUnasked();
    for (const part of [import('./session-model.js'), import('../compile.js')]) begin(part);
    if (!isNode()) begin(import('../compile/ahead.js'));
  }
  const { LocalSession } = await import('./session.js');
  return LocalSession.create(source, options, tell, locating);
}

/** Whoever imports it again hears what fails. */
function begin(loading: Promise<unknown>): void {
  loading.catch(() => {});
}

/**
 * Begins to fetch what a model names: files beside it, and parts of the engine. One after another would take as many ways to the server
 * and back.
 */
function fetchNamed(located: Located, { externalData }: SessionOptions): Located {
  const { base, content } = located;
  if (!(content instanceof Uint8Array)) return located;
  // Nodes come before weights.
  const text = new TextDecoder('latin1').decode(content.subarray(0, 2 ** 20));
  begin(import('../compile/ahead.js').then(({ fetchAhead }) => fetchAhead(text)));
  // Each tensor that lies in a file has a `location`, and what is left is small.
  if (!text.includes('location')) return located;
  begin(import('../onnx/rare-forms.js'));
  if (base === undefined || externalData !== undefined) return located;
  // A string of protobuf behind its length, which is a byte up to 127.
  const values = text.split('\n\blocation\x12').slice(1);
  const names = new Set(values.map((rest) => rest.slice(1, 1 + rest.charCodeAt(0))).filter(isInFolder));
  return { ...located, coming: new Map([...names].map((name) => [name, fetchBytes(() => new URL(name, base))])) };
}

/** Whether it leads nowhere else, however it is read. */
function isInFolder(name: string): boolean {
  return /^\w[\w.-]*$/.test(name);
}
