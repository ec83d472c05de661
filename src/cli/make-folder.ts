import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cannotWrite } from './cannot-write.js';

/**
 * Makes the folder and those above it; one that is there is left as it is. `mkdir` with `recursive` does not return where
 * a folder exists and nothing can be made in it, as in /proc (Node 20).
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  try {
    await mkdir(folder);
  } catch (error) {
    // Another process may have been faster.
    if (!(await isFolder(folder))) throw error;
  }
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** Makes the folder that the file of `--output` goes to. @throws ModelError US2010 */
export async function makeFolderOf(file: string): Promise<void> {
  try {
    await makeFolder(dirname(file));
  } catch (error) {
    cannotWrite(dirname(file), 'the folder cannot be made', error, 'name another with --output');
  }
}
