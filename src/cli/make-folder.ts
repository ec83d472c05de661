import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cannotWrite } from './cannot-write.js';

/**
 * Creates the folder and its parents if they do not exist. `mkdir` with `recursive` hangs if a parent exists in which
 * nothing can be created, as in /proc (Node 20).
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  try {
    await mkdir(folder);
  } catch (error) {
    // Another process may have created it in the meantime.
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
