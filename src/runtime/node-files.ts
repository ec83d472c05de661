/** Files on Node: the only part of the library that touches them. */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  read,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineProblem, fail } from '../diagnostics.js';
import { whyNotRead } from '../files/why-not-read.js';
import type { ExternalFiles } from '../onnx/external-data.js';
import { maxMessageBytes } from '../onnx/proto.js';
import { failTooShort } from '../onnx/too-short.js';

// Modules of their own would be more for the first session to load.
export { keepCodeUnasked } from './node-code-cache.js';
export * from './node-engine.js';

/** Where the file of a `file:` URL lies. */
export function pathOf(url: URL): string {
  return fileURLToPath(url);
}

/** Without O_NONBLOCK the opening of a pipe that nobody writes to would wait for ever. Windows has no such flags. */
const readOnly = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const readOnlyNoLink = readOnly | (constants.O_NOFOLLOW ?? 0);

/** Node reads no more at once. */
const maxRead = 2 ** 30;

/** Bytes that another thread reads, while this one goes on: fewer take less time than to ask for them. */
const leastAside = 2 ** 20;

const notAFile = defineProblem('US1002', { isDirectory: 'boolean' }, ({ isDirectory }) => ({
  message: 'the file cannot be read',
  actual: isDirectory ? 'it is a folder' : 'it is no file',
}));

const fileNotRead = defineProblem('US1002', { reason: 'string', file: 'string' }, ({ reason, file }) => ({
  message: 'the file cannot be read',
  actual: reason,
  hint: path.isAbsolute(file) ? undefined : `relative paths start at ${process.cwd()}`,
}));

/** All of a model's file. @throws ProblemError US1002; US1009 or US1001 for what is too large to be one, which is not read */
export async function readModelFile(file: string): Promise<Uint8Array> {
  try {
    const opened = openSync(file, readOnly);
    try {
      const stats = fstatSync(opened);
      if (!stats.isFile()) fail(notAFile({ isDirectory: stats.isDirectory() }));
      if (stats.size > maxMessageBytes) {
        const { failTooLarge } = await import('../onnx/rare-forms.js');
        failTooLarge(await readStart(opened, 4096), stats.size);
      }
      return await readStart(opened, stats.size);
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    if (error instanceof RangeError || (error instanceof Error && 'code' in error))
      fail(fileNotRead({ reason: whyNotRead(error), file }));
    throw error;
  }
}

/** The first `count` bytes, or fewer where the file ends before. */
async function readStart(file: number, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let filled = 0;
  while (filled < count) {
    const length = Math.min(count - filled, maxRead);
    const bytesRead = await (count < leastAside ? readSync : readAside)(file, bytes, filled, length, filled);
    if (bytesRead === 0) return bytes.subarray(0, filled);
    filled += bytesRead;
  }
  return bytes;
}

function readAside(file: number, bytes: Uint8Array, at: number, length: number, from: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(file, bytes, at, length, from, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

/**
 * Writes zeros over memory that is zero, on another thread, from now on: the system brings each page when it is touched first.
 * What cannot be touched here is touched later, by whoever needs it.
 */
export function touchMemory(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    try {
      const zeros = openSync('/dev/zero', readOnly);
      read(zeros, bytes, 0, Math.min(bytes.length, maxRead), null, () => {
        closeSync(zeros);
        resolve();
      });
    } catch {
      resolve();
    }
  });
}

/**
 * A file that the program has named, by a path or a file: URL: from the current folder, or else from that of the model.
 * Links are followed: it is not the model that chose the file.
 */
export function fileAt(
  place: string,
  modelFile: string | undefined,
): { readonly files: ExternalFiles; readonly name: string } | undefined {
  const named = /^file:/i.test(place) ? fileURLToPath(place) : place;
  const beside = modelFile === undefined ? [] : [path.resolve(path.dirname(modelFile), named)];
  for (const candidate of [path.resolve(named), ...beside]) {
    try {
      const file = realpathSync.native(candidate);
      if (statSync(file).isFile()) return { files: filesBeside(file), name: path.basename(file) };
    } catch {
      // The next may be there.
    }
  }
  return undefined;
}

/**
 * The files beside a model. Nothing is opened before a tensor is loaded, and then only the bytes wanted are read. A link
 * that leads out of the folder of the model, and out of the one that the model is a link into, is refused
 * (CVE-2024-27318, CVE-2024-5187).
 */
export function filesBeside(modelFile: string): ExternalFiles {
  const roots = rootsOf(modelFile);
  const paths = new Map<string, string>();
  /** The file that was read last, until what runs now is over: one tensor after the other is read of it. */
  let last: { readonly location: string; readonly file: number; readonly stats: Stats } | undefined;
  const closeLast = () => {
    if (last !== undefined) closeSync(last.file);
    last = undefined;
  };
  /** What `use` makes of the open file. */
  const withFile = <T>(location: string, use: (file: number, stats: Stats) => T): T => {
    if (last?.location !== location) {
      closeLast();
      const place = confinedPath(modelFile, roots, location);
      let file: number;
      try {
        file = openSync(place, readOnlyNoLink);
      } catch (error) {
        failMissing(location, whyNotRead(error));
      }
      const stats = fstatSync(file);
      last = { location, file, stats };
      queueMicrotask(closeLast);
      if (!stats.isFile() || !isAt(file, place)) {
        closeLast();
        if (!stats.isFile()) failMissing(location, 'it is no file');
        fail(fileMoved({ location }));
      }
    }
    return use(last.file, last.stats);
  };
  const fill = (location: string, offset: number, length: number, target: () => Uint8Array): Uint8Array =>
    withFile(location, (file, { size }) => {
      if (offset + length > size) failTooShort(location, offset, length, size);
      const bytes = target();
      let filled = 0;
      while (filled < length) {
        const count = readSync(file, bytes, filled, Math.min(length - filled, maxRead), offset + filled);
        if (count === 0) failTooShort(location, offset, length, offset + filled);
        filled += count;
      }
      return bytes;
    });
  return {
    read: (location, offset, length) => fill(location, offset, length, () => allocate(location, length)),
    readInto(location, offset, target) {
      fill(location, offset, target.length, () => target);
    },
    path(location) {
      const known = paths.get(location) ?? confinedPath(modelFile, roots, location);
      paths.set(location, known);
      return known;
    },
    modelFile: resolved(modelFile),
    version: (location) => withFile(location, (_, { ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`),
  };
}

/**
 * Whether an open file is what lies at a path without links. Between the question where a name leads and the opening
 * somebody may put a link into a folder's place, so it is asked again what was opened. The system knows the file's own path
 * on Linux; elsewhere the path must still have no links, and lead to the same file.
 */
function isAt(file: number, place: string): boolean {
  try {
    if (process.platform === 'linux' && existsSync('/proc/self/fd'))
      return readlinkSync(`/proc/self/fd/${file}`) === place;
    const opened = fstatSync(file, { bigint: true });
    const there = lstatSync(place, { bigint: true });
    return opened.dev === there.dev && opened.ino === there.ino && realpathSync.native(place) === place;
  } catch {
    return false;
  }
}

const fileMoved = defineProblem('US1005', { location: 'string' }, ({ location }) => ({
  message: `the external file '${location}' was replaced while it was opened`,
  value: location,
  hint: 'nothing of it is read; try again when nobody changes the folder',
}));

/** A path that says the same in another working folder, links resolved where it is there. */
function resolved(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    return path.resolve(file);
  }
}

function allocate(location: string, length: number): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch {
    failMissing(location, `there is no memory for ${length} bytes`);
  }
}

const linkLeadsOut = defineProblem('US1005', { location: 'string', folder: 'string' }, ({ location, folder }) => ({
  message: `the external file '${location}' is a link that leads out of the model's folder`,
  value: location,
  expected: `a file below ${folder}`,
  hint: 'put the file itself beside the model',
}));

/** The folders that a model's other files may be in, links resolved; or why there are none. */
type Roots = readonly [string, string] | string;

/** Asked once, when the model is opened: a folder that is put in their place later is another one. */
function rootsOf(modelFile: string): Roots {
  try {
    return [realpathSync.native(path.dirname(modelFile)), path.dirname(resolved(modelFile))];
  } catch (error) {
    return whyNotRead(error);
  }
}

/**
 * The file that `location` names beside the model. Caches of model hubs keep all files in one folder and lead there by
 * links: where the model is such a link, its weights may be one into the same folder.
 */
function confinedPath(modelFile: string, roots: Roots, location: string): string {
  const folder = path.dirname(modelFile);
  if (typeof roots === 'string') failMissing(location, roots);
  let target: string;
  try {
    target = realpathSync.native(path.join(roots[0], location));
  } catch (error) {
    failMissing(location, whyNotRead(error));
  }
  if (!roots.some((root) => target.startsWith(root.endsWith(path.sep) ? root : root + path.sep))) {
    fail(linkLeadsOut({ location, folder }));
  }
  return target;
}

const externalNotRead = defineProblem('US1006', { location: 'string', reason: 'string' }, ({ location, reason }) => ({
  message: `the external file '${location}' cannot be read`,
  value: location,
  actual: reason,
  hint: 'the file belongs beside the model: copy both, or export again',
}));

function failMissing(location: string, reason: string): never {
  fail(externalNotRead({ location, reason }));
}
