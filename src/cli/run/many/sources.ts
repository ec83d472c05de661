/** What `--input` stands for: a file, a pattern, a folder, a list on standard input. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { printable } from '../../../report/printable.js';
import { filesBelow, filesMatching, hasPattern, kindOf } from '../../find-files.js';
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

function fromList(bytes: Uint8Array): FoundFiles {
  const text = new TextDecoder().decode(bytes);
  // `find -print0` ends names with zeros, since a name may have line breaks in it.
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

/** Whether a folder holds an array for an input of the model, or says whose its arrays are: then it is one set of inputs. */
export async function isSetOfInputs(folder: string, stems: readonly string[]): Promise<boolean> {
  const entries: readonly string[] = await readdir(folder).catch(() => []);
  return entries.includes(indexFile) || stems.some((stem) => entries.includes(`${stem}.npy`));
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
