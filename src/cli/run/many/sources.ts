/** Resolves `--input` to files: a file, a pattern, a folder, a list on standard input. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { printable } from '../../../diagnostics/printable.js';
import { filesBelow, filesMatching, hasPattern, kindOf } from '../../find-files.js';
import { UsageError } from '../../usage.js';
import { indexFile } from '../array-folder.js';

/** The word for a list of files on standard input, one on each line. */
export const listOnStdin = '-';

/** Endings of data files; other files in a folder are skipped. */
const dataEndings = /\.(?:npy|npz|pb|png|jpe?g|webp|tiff?)$/i;

export interface FoundFiles {
  /** Sorted paths as the user would write them. */
  readonly files: readonly string[];
  /** The folder that the names of results are relative to. */
  readonly base: string;
  /** Whether the text names a single file. */
  readonly isPlain: boolean;
}

/**
 * The files that `text` stands for. If a file of this literal name exists, it is that file, even if the text has
 * wildcards.
 * @throws UsageError if there are none
 */
export async function findFiles(text: string, readStdin: () => Promise<Uint8Array>): Promise<FoundFiles> {
  if (text === listOnStdin) return fromList(await readStdin());
  const kind = await kindOf(text);
  if (kind === 'folder') return inFolder(text);
  if (kind === 'file' || !hasPattern(text)) return { files: [text], base: path.dirname(text), isPlain: true };
  return matching(text);
}

function fromList(bytes: Uint8Array): FoundFiles {
  const text = new TextDecoder().decode(bytes);
  // Names from `find -print0` end with NUL, since they may contain line breaks.
  const files = text.split(text.includes('\0') ? '\0' : /\r?\n/).filter((line) => line !== '');
  if (files.length === 0) throw new UsageError('the list on standard input is empty', 'give it one file a line');
  return { files, base: commonFolder(files.map((file) => path.dirname(file))), isPlain: false };
}

async function inFolder(folder: string): Promise<FoundFiles> {
  const files = (await filesBelow(folder)).filter((file) => dataEndings.test(file));
  if (files.length === 0) {
    throw new UsageError(
      `there is no picture and no array in the folder '${printable(folder)}'`,
      'other files are named by a pattern',
    );
  }
  return { files, base: folder, isPlain: false };
}

async function matching(pattern: string): Promise<FoundFiles> {
  const { files, base } = await filesMatching(pattern);
  if (files.length === 0) throw new UsageError(`no file matches '${printable(pattern)}'`);
  return { files, base, isPlain: false };
}

/** Whether a folder is one set of inputs: it has an array for an input of the model, or an index of names. */
export async function isSetOfInputs(folder: string, stems: readonly string[]): Promise<boolean> {
  const entries: readonly string[] = await readdir(folder).catch(() => []);
  return entries.includes(indexFile) || stems.some((stem) => entries.includes(`${stem}.npy`));
}

/** The deepest folder that contains all of them. */
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
