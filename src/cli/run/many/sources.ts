/** What `--input` stands for: a file, a pattern, a folder, a list on standard input. */
import type { Dirent } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { printable } from '../../../report/printable.js';
import { reasonOf } from '../../config-file.js';
import { posix } from '../../model-files.js';
import { UsageError } from '../../usage.js';
import { indexFile } from '../array-folder.js';

/** The word for a list of files on standard input, one a line. */
export const listOnStdin = '-';

/** Files that are data by their names; in a folder, others are passed over. */
const dataEndings = /\.(?:npy|npz|pb|png|jpe?g|webp|tiff?)$/i;

export interface FoundFiles {
  /** Paths as the user would write them, by name. */
  readonly files: readonly string[];
  /** The folder that the names of results begin at. */
  readonly base: string;
  /** Whether the text is the name of one file. */
  readonly isPlain: boolean;
}

/**
 * The files that `text` stands for. A file that exists by this very name is that file, whatever characters are in it.
 * @throws UsageError where it stands for none
 */
export async function findFiles(text: string, readStdin: () => Promise<Uint8Array>): Promise<FoundFiles> {
  if (text === listOnStdin) return fromList(await readStdin());
  const kind = await kindOf(text);
  if (kind === 'folder') return inFolder(text);
  if (kind === 'file' || !hasPattern(text)) return { files: [text], base: path.dirname(text), isPlain: true };
  return matching(text);
}

export function hasPattern(text: string): boolean {
  return /[*?[{]|[!+@]\(/.test(text);
}

function fromList(bytes: Uint8Array): FoundFiles {
  const text = new TextDecoder().decode(bytes);
  // `find -print0` ends names with zeros, since a name may have line breaks in it.
  const files = text.split(text.includes('\0') ? '\0' : /\r?\n/).filter((line) => line !== '');
  if (files.length === 0) throw new UsageError('the list on standard input is empty', 'give it one file a line');
  return { files, base: commonFolder(files.map((file) => path.dirname(file))), isPlain: false };
}

async function inFolder(folder: string): Promise<FoundFiles> {
  const files = (await walk(folder)).filter((file) => dataEndings.test(file));
  if (files.length === 0) {
    throw new UsageError(
      `there is no picture and no array in the folder '${printable(folder)}'`,
      'other files are named by a pattern',
    );
  }
  return { files: files.sort(byPath), base: folder, isPlain: false };
}

/**
 * Files below a folder but for hidden ones, whatever is in their names, which patterns do not say; links to folders are not
 * followed.
 */
async function walk(folder: string, found: string[] = []): Promise<string[]> {
  for (const entry of await listed(folder)) {
    if (entry.name.startsWith('.')) continue;
    const file = folder === '.' ? entry.name : path.join(folder, entry.name);
    if (entry.isDirectory()) await walk(file, found);
    else if (entry.isFile() || (entry.isSymbolicLink() && (await kindOf(file)) === 'file')) found.push(file);
  }
  return found;
}

async function listed(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new UsageError(
      `the folder '${printable(folder)}' cannot be read: ${reasonOf(error)}`,
      'name the files in others by a pattern',
    );
  }
}

async function matching(pattern: string): Promise<FoundFiles> {
  const { base, rest } = await fixedPart(pattern);
  // A pattern is never an exclusion here.
  const found = await glob(/^!(?!\()/.test(rest) ? `\\${rest}` : rest, {
    cwd: base,
    // A name that begins with a dot is found by a pattern that does.
    dot: rest.split('/').some((part) => part.startsWith('.')),
    expandDirectories: false,
  });
  const files = await onlyFiles(base, found);
  if (files.length === 0) throw new UsageError(`no file matches '${printable(pattern)}'`);
  return { files: files.sort(byPath), base, isPlain: false };
}

/** The folders that a pattern begins with: those without a pattern in them, and those that exist by their very names. */
async function fixedPart(pattern: string): Promise<{ readonly base: string; readonly rest: string }> {
  const parts = posix(pattern).split('/');
  let base = parts[0] === '' ? '/' : '.';
  let at = parts[0] === '' ? 1 : 0;
  for (; at < parts.length - 1; at++) {
    const part = parts[at]!;
    const next = path.join(base, part);
    if (hasPattern(part) && (await kindOf(next)) !== 'folder') break;
    base = next;
  }
  return { base, rest: parts.slice(at).join('/') };
}

/** Those of the entries that are files, or links to files, and in no folder that is a link: it may lead anywhere. */
async function onlyFiles(base: string, entries: readonly string[]): Promise<string[]> {
  const linked = new Map<string, Promise<boolean>>([['.', Promise.resolve(false)]]);
  const isLinked = (folder: string): Promise<boolean> => {
    const known = linked.get(folder);
    if (known !== undefined) return known;
    const found = isLinked(path.posix.dirname(folder)).then(
      async (isBelow) => isBelow || (await lstat(path.join(base, folder))).isSymbolicLink(),
    );
    linked.set(folder, found);
    return found;
  };
  const files: string[] = [];
  for (const entry of entries) {
    const file = base === '.' ? entry : path.join(base, entry);
    if (!(await isLinked(path.posix.dirname(entry))) && (await kindOf(file)) === 'file') files.push(file);
  }
  return files;
}

/** Whether a folder holds an array for an input of the model, or says whose its arrays are: then it is one set of inputs. */
export async function isSetOfInputs(folder: string, stems: readonly string[]): Promise<boolean> {
  const entries: readonly string[] = await readdir(folder).catch(() => []);
  return entries.includes(indexFile) || stems.some((stem) => entries.includes(`${stem}.npy`));
}

async function kindOf(file: string): Promise<'file' | 'folder' | undefined> {
  const stats = await stat(file).catch(() => undefined);
  return stats?.isDirectory() === true ? 'folder' : stats?.isFile() === true ? 'file' : undefined;
}

/** The folder that all of them are in or below. */
export function commonFolder(folders: readonly string[]): string {
  const [first = [], ...others] = folders.map((folder) => path.resolve(folder).split(path.sep));
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && other[same] === first[same]) same++;
    length = same;
  }
  return first.slice(0, length).join(path.sep) || path.sep;
}

function byPath(a: string, b: string): number {
  const [first, second] = [posix(a), posix(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}
