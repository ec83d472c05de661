/** Where sessions on this thread come from: the engine, most of the library's code, is loaded when the first one is made. */
import { fetchAhead } from '../compile/ahead.js';
import { namesAfter, placesAfter } from '../ir/places-after.js';
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
    // Bundlers make a small file of each of these, which leads to the large ones; what compiles leads to all of them.
    if (!isNode()) begin(import('../compile.js'));
    for (const part of [import('./session-model.js'), import('../compile.js')]) begin(part);
    if (globalThis.crossOriginIsolated) begin(import('../wasm/cache-probe.js'));
  }
  const { LocalSession } = await import('./session.js');
  return LocalSession.create(source, options, tell, locating);
}

/** Bytes. Nodes come before weights, but for those of constants. */
const mostSearched = 2 ** 24;
/** Files at most: what names more is read as it asks for them. */
const mostFetched = 16;
const tagOfLocation = '\n\blocation\u0012';

/** Whoever imports it again hears what fails. */
function begin(loading: Promise<unknown>): void {
  loading.catch(() => {});
}

/**
 * Begins to fetch what a model names: files beside it, and parts of the engine. One after another would take as many ways to the server
 * and back.
 */
function fetchNamed(located: Located, options: SessionOptions): Located {
  const { base, content } = located;
  if (!(content instanceof Uint8Array)) return located;
  const bytes = content.subarray(0, mostSearched);
  fetchAhead(bytes, options.threads);
  // Each tensor that lies in a file says so by a pair of strings.
  const [place] = placesAfter(bytes, tagOfLocation);
  if (place === undefined) return located;
  begin(import('../onnx/rare-forms.js'));
  if (base === undefined || options.externalData !== undefined) return located;
  const names = [...namesAfter(bytes, tagOfLocation)].filter(isInFolder).slice(0, mostFetched);
  const fetched = names.map((name) => [name, fetchBytes(() => new URL(name, base))] as const);
  return { ...located, coming: new Map(fetched) };
}

/** Whether it leads nowhere else, however it is read. */
function isInFolder(name: string): boolean {
  return /^\w[\w.-]*$/.test(name);
}
