import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export type Content = Uint8Array | string | Iterable<Uint8Array>;

/** Writes a file whole or not at all: beside its place first, then renamed into it. */
export async function writeWhole(path: string, content: Content): Promise<void> {
  await writeTogether([{ path, content }]);
}

/**
 * Writes files that belong together, all or none: they are renamed into place when all of them are written. The last
 * file is the one that makes the others count. It is renamed last, and an earlier version of it is removed before the
 * others are replaced.
 * @param examine gets the paths that the contents have until then, in order; if it throws, nothing is replaced
 */
export async function writeTogether(
  files: readonly { readonly path: string; readonly content: Content }[],
  examine?: (drafts: readonly string[]) => Promise<void>,
): Promise<void> {
  const drafts: Draft[] = [];
  try {
    for (const { path } of files) await refuseOthers(path);
    for (const { path, content } of files) {
      const draft = draftOf(path);
      drafts.push({ path, draft });
      begin(draft);
      await writeFile(draft, content, { flag: 'wx' });
    }
    await examine?.(drafts.map(({ draft }) => draft));
    await place(drafts);
  } catch (error) {
    for (const { draft } of drafts) await rm(draft, { force: true });
    throw error;
  } finally {
    for (const { draft } of drafts) finish(draft);
  }
}

interface Draft {
  readonly path: string;
  readonly draft: string;
}

/** Temporary files of everything that is being written. */
const unfinished = new Set<string>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function begin(draft: string): void {
  if (unfinished.size === 0) for (const signal of signals) process.on(signal, end);
  unfinished.add(draft);
}

function finish(draft: string): void {
  unfinished.delete(draft);
  if (unfinished.size === 0) for (const signal of signals) process.off(signal, end);
}

/**
 * Removes the temporary files on a signal that ends the process. If there are other listeners, the process may go on.
 */
function end(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  for (const draft of unfinished) rmSync(draft, { force: true });
  for (const other of signals) process.off(other, end);
  process.kill(process.pid, signal);
}

async function place(drafts: readonly Draft[]): Promise<void> {
  const last = drafts.at(-1)!;
  const others = drafts.slice(0, -1);
  const replaces = (await Promise.all(others.map(({ path }) => isFile(path)))).includes(true);
  const aside = replaces && (await isFile(last.path)) ? draftOf(last.path) : undefined;
  if (aside !== undefined) await rename(last.path, aside);
  const placed: string[] = [];
  try {
    for (const { path, draft } of drafts) {
      await rename(draft, path);
      placed.push(path);
    }
  } catch (error) {
    if (aside !== undefined && placed.length === 0) await rename(aside, last.path);
    else for (const path of placed) await rm(path, { force: true });
    throw error;
  }
  if (aside !== undefined) await rm(aside, { force: true });
}

function draftOf(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 100)}.${randomUUID()}.tmp`);
}

/** Refuses devices and pipes, which renaming would replace by a file. */
async function refuseOthers(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) throw new NotAFileError(`there is a folder of that name`);
  // A link to a file that the process has open, such as /dev/stdout.
  const isOpenFile = (await readlink(path).catch(() => '')).startsWith('/proc/');
  if (isOpenFile || (found !== undefined && !found.isFile()))
    throw new NotAFileError('it is a device or a pipe, and only files are written, whole');
}

/** Something that is not a regular file has the name of the file to write. */
class NotAFileError extends Error {
  /** A code, like those of system errors. */
  readonly code = 'ENOTFILE';
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
