/** Folders of arrays: a run reads what another one wrote, each array for the input of its name. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { jsonText } from '../../diagnostics/printable.js';
import { defineProblem, fail, ProblemError, quoted } from '../../diagnostics.js';
import { safeStem } from '../../files/file-names.js';
import { readNpy } from '../../files/npy.js';
import { writeWhole } from '../../files/write-whole.js';
import type { Tensor } from '../../ir/tensor.js';
import { readRegular } from '../read-regular.js';

/** The index of names by file. It is written if names cannot be recovered from file names. */
export const indexFile = 'unstride-names.json';

const ending = '.npy';

export interface ArrayFolder {
  /** Names of the arrays: original names if the index or the wanted names tell them, else file names. */
  readonly names: readonly string[];
  read(name: string): Tensor;
}

const twoFilesForInput = defineProblem(
  'US2005',
  { other: 'string', input: 'string', file: 'string' },
  ({ other, input, file }) => ({
    message: `the folder has one file for two inputs`,
    expected: `an array each for '${other}' and '${input}'`,
    actual: file,
    hint: 'give each with --input NAME=FILE, or use an .npz archive: it keeps names as they are',
  }),
);

/**
 * The arrays of a folder by name. Files are NAME.npy with unsafe characters replaced, as results are written, or as in
 * the index. Throws ProblemError US2005.
 */
export async function openArrayFolder(folder: string, wanted: readonly string[]): Promise<ArrayFolder> {
  const entries = await listed(folder);
  const index = entries.includes(indexFile) ? readIndex(folder) : new Map<string, string>();
  const files = new Map<string, string>();
  for (const file of entries)
    if (file.endsWith(ending)) files.set(index.get(file) ?? file.slice(0, -ending.length), file);
  for (const name of wanted) {
    const file = `${safeStem(name)}${ending}`;
    if (files.has(name) || !entries.includes(file) || index.has(file)) continue;
    const other = wanted.find((item) => item !== name && files.get(item) === file);
    if (other !== undefined) {
      fail(twoFilesForInput({ other, input: name, file }));
    }
    files.delete(file.slice(0, -ending.length));
    files.set(name, file);
  }
  return { names: [...files.keys()], read: (name) => readArray(folder, files.get(name)!) };
}

const folderNotRead = defineProblem('US2005', { reason: 'string' }, ({ reason }) => ({
  message: 'the folder cannot be read',
  actual: reason,
}));

async function listed(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    fail(folderNotRead({ reason: (error as Error).message }));
  }
}

function readArray(folder: string, file: string): Tensor {
  try {
    return readNpy(readIn(folder, file));
  } catch (error) {
    if (error instanceof ProblemError && error.problem.value === undefined)
      throw new ProblemError({ ...error.problem, message: `${file}: ${error.problem.message}` });
    throw error;
  }
}

const arrayFileNotRead = defineProblem('US2005', { file: 'string', reason: 'string' }, ({ file, reason }) => ({
  message: `${quoted(file)} cannot be read`,
  value: file,
  actual: reason,
}));

function readIn(folder: string, file: string): Uint8Array {
  try {
    return readRegular(path.join(folder, file));
  } catch (error) {
    fail(arrayFileNotRead({ file, reason: (error as Error).message }));
  }
}

const indexMalformed = defineProblem('US2005', { text: 'string' }, ({ text }) => ({
  message: `${indexFile} cannot be read`,
  expected: 'a JSON object of names by file',
  actual: text.slice(0, 80),
}));

function readIndex(folder: string): ReadonlyMap<string, string> {
  const text = new TextDecoder().decode(readIn(folder, indexFile));
  try {
    const entries = Object.entries(JSON.parse(text) as object);
    if (entries.every(([, name]) => typeof name === 'string')) return new Map(entries as [string, string][]);
  } catch {
    // Reported below.
  }
  fail(indexMalformed({ text }));
}

/** Writes the index if names need it, and removes an older one if they do not. */
export async function writeIndex(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const place = path.join(folder, indexFile);
  const isNeeded = [...files].some(([file, name]) => file !== `${safeStem(name)}${ending}`);
  if (isNeeded) await writeWhole(place, `${jsonText(Object.fromEntries(files), 2)}\n`);
  else await rm(place, { force: true });
}
