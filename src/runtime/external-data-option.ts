/** Files of weights as programs give them: by name, or a list of places and descriptions as onnxruntime-common has it. */
import type { ExternalDataFileType } from './common/model-types.js';

/** A file, or where it is: a path or a URL. */
export type ExternalFileSource = string | URL | Blob | Uint8Array | ArrayBufferLike;

/** A file of weights that the model names. */
export interface ExternalDataFile {
  /** As the model names it. */
  readonly path: string;
  readonly data: ExternalFileSource;
}

export type ExternalData =
  | Readonly<Record<string, ExternalFileSource>>
  | readonly (ExternalDataFile | ExternalDataFileType | URL)[];

/** The files, by the names under which the model may have them. @throws TypeError */
export function externalSources(given: ExternalData): Readonly<Record<string, ExternalFileSource>> {
  if (typeof given !== 'object' || given === null)
    throw new TypeError("'externalData' is an object of files by name, or a list of places or { path, data }");
  const entries: [string, ExternalFileSource][] = Array.isArray(given)
    ? (given as readonly (ExternalDataFile | string | URL)[]).map(describe)
    : Object.entries(given);
  for (const [name, source] of entries)
    if (!isSource(source))
      throw new TypeError(`the external data '${name}' has to be a path, a URL, a Blob or bytes, not ${typeof source}`);
  return Object.fromEntries(entries);
}

function describe(item: ExternalDataFile | string | URL): [string, ExternalFileSource] {
  if (typeof item === 'string') return [lastPart(item), item];
  if (item instanceof URL) return [lastPart(item.href), item];
  if (typeof item === 'object' && item !== null && typeof item.path === 'string') return [item.path, item.data];
  throw new TypeError("an item of 'externalData' is a path, a URL, or { path, data }");
}

/** The model names a file beside it, however the program gets there. */
function lastPart(place: string): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(place)
    ? decodeURIComponent(new URL(place).pathname.split('/').at(-1) ?? '')
    : (place
        .replace(/[?#].*$/, '')
        .split(/[/\\]/)
        .at(-1) ?? '');
}

function isSource(source: unknown): source is ExternalFileSource {
  return (
    typeof source === 'string' ||
    source instanceof URL ||
    source instanceof Blob ||
    ArrayBuffer.isView(source) ||
    source instanceof ArrayBuffer ||
    (typeof SharedArrayBuffer === 'function' && source instanceof SharedArrayBuffer)
  );
}
