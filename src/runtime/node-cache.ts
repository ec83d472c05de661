/**
 * A cache in a folder. Digests are GMAC (NIST SP 800-38D), as fast as memory, with a key that lies in the folder and that only
 * its user may read: who does not know the key cannot make a model that is taken for another.
 */
import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, utimesSync } from 'node:fs';
import { chmod, link, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { type CacheStore, defaultCacheBytes, type StoredEntry } from './cache/store.js';
import { cacheFolder } from './node-cache-folder.js';
import { keepCode } from './node-code-cache.js';

const ending = '.program';
const keyFile = 'key';
const keyBytes = 32;
/** Bytes that are digested or written at a time. */
const pieceBytes = 1 << 20;
/** A pipe that nobody writes to is not waited for. Windows has no such flag. */
const readOnly = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
/** After so long a temporary file belongs to nobody. */
const abandonedMilliseconds = 3_600_000;

export interface ListedEntry {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  readonly usedMilliseconds: number;
}

/** The entries of a folder, those used last first. */
export async function listEntries(folder: string): Promise<ListedEntry[]> {
  const names = await readdir(folder).catch(() => []);
  const found: ListedEntry[] = [];
  for (const name of names.filter((item) => item.endsWith(ending))) {
    const file = path.join(folder, name);
    const stats = await stat(file).catch(() => undefined);
    if (stats?.isFile())
      found.push({ name: name.slice(0, -ending.length), file, bytes: stats.size, usedMilliseconds: stats.mtimeMs });
  }
  return found.sort((a, b) => b.usedMilliseconds - a.usedMilliseconds);
}

/** Removes all entries, and nothing that is none. @returns how many, and their bytes */
export async function clearEntries(folder: string): Promise<{ readonly entries: number; readonly bytes: number }> {
  const entries = await listEntries(folder);
  for (const { file } of entries) await rm(file, { force: true });
  await removeAbandoned(folder, 0);
  await rm(path.join(folder, keyFile), { force: true });
  return { entries: entries.length, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Undefined for what is no file that can be read. */
export function openEntry(file: string): StoredEntry | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, readOnly);
  } catch {
    return undefined;
  }
  const stats = fstatSync(descriptor);
  if (!stats.isFile()) {
    closeSync(descriptor);
    return undefined;
  }
  return {
    bytes: stats.size,
    fill(offset, target) {
      let filled = 0;
      while (filled < target.length) {
        const count = readSync(descriptor, target, filled, target.length - filled, offset + filled);
        if (count === 0) throw new RangeError('it ends before its length');
        filled += count;
      }
    },
    close: () => closeSync(descriptor),
  };
}

export class FolderStore implements CacheStore {
  private constructor(
    readonly place: string,
    private readonly key: Uint8Array,
    private readonly maxBytes: number,
  ) {}

  static async open(folder = cacheFolder(), maxBytes = defaultCacheBytes): Promise<FolderStore> {
    const place = path.resolve(folder);
    await mkdir(place, { recursive: true, mode: 0o700 });
    return new FolderStore(place, await keyOf(place), maxBytes);
  }

  digest(parts: Iterable<Uint8Array>): string {
    const cipher = createCipheriv('aes-256-gcm', this.key, new Uint8Array(12));
    for (const part of parts) {
      for (let start = 0; start < part.length; start += pieceBytes)
        cipher.setAAD(part.subarray(start, start + pieceBytes));
    }
    cipher.final();
    return cipher.getAuthTag().toString('hex');
  }

  async read(name: string): Promise<StoredEntry | undefined> {
    const file = this.fileOf(name);
    const entry = openEntry(file);
    if (entry === undefined) return undefined;
    const now = new Date();
    try {
      // The time of the last use, by which the bound chooses; of no matter where it cannot be set.
      utimesSync(file, now, now);
    } catch {}
    return entry;
  }

  async write(name: string, parts: () => Iterable<Uint8Array>, bytes: number): Promise<void> {
    if (bytes > this.maxBytes) return;
    const draft = path.join(this.place, `${name}.${process.pid}-${randomUUID()}.part`);
    try {
      const handle = await open(draft, 'wx', 0o600);
      try {
        for (const part of parts()) {
          // A copy: the memory that it lies in may grow meanwhile.
          await handle.appendFile(part.slice());
        }
      } finally {
        await handle.close();
      }
      await rename(draft, this.fileOf(name));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await this.keepBound();
  }

  async remove(name: string): Promise<void> {
    await rm(this.fileOf(name), { force: true });
  }

  keepOwnCode(): void {
    keepCode(this.place);
  }

  private fileOf(name: string): string {
    return path.join(this.place, `${name}${ending}`);
  }

  /** Removes entries, those that were not used for longest first, until the rest is within the bound. */
  private async keepBound(): Promise<void> {
    await removeAbandoned(this.place, abandonedMilliseconds);
    let bytes = 0;
    for (const entry of await listEntries(this.place)) {
      bytes += entry.bytes;
      if (bytes > this.maxBytes) await rm(entry.file, { force: true });
    }
  }
}

/** The key of a folder, made where there is none. Of processes that do so at a time all take that of the first. */
async function keyOf(folder: string): Promise<Uint8Array> {
  const file = path.join(folder, keyFile);
  for (let attempt = 0; attempt < 3; attempt++) {
    const key = await readFile(file).catch(() => undefined);
    if (key?.length === keyBytes) return key;
    if (key !== undefined) await unlink(file).catch(() => {});
    const draft = path.join(folder, `${keyFile}.${process.pid}-${randomUUID()}.part`);
    try {
      const handle = await open(draft, 'wx', 0o600);
      await handle.writeFile(randomBytes(keyBytes));
      await handle.close();
      await chmod(draft, 0o600);
      // Unlike a rename it leaves a key that is there.
      await link(draft, file).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') await rename(draft, file);
      });
    } finally {
      await rm(draft, { force: true });
    }
  }
  throw new Error(`the key in ${folder} cannot be read`);
}

async function removeAbandoned(folder: string, milliseconds: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((item) => item.endsWith('.part'))) {
    const file = path.join(folder, name);
    const stats = await stat(file).catch(() => undefined);
    if (stats !== undefined && Date.now() - stats.mtimeMs >= milliseconds) await rm(file, { force: true });
  }
}
