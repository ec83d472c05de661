import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Writes a file whole or not at all: beside its place first, then renamed into it. */
export async function writeWhole(path: string, content: Uint8Array | string | Iterable<Uint8Array>): Promise<void> {
  const draft = join(dirname(path), `.${basename(path).slice(0, 50)}.${randomUUID()}.tmp`);
  try {
    await writeFile(draft, content, { flag: 'wx' });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
