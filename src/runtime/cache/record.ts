/** Small entries: a digest, then JSON. */
import { DamagedEntry } from './image.js';
import type { CacheStore, StoredEntry } from './store.js';

const digestCharacters = 32;
/** More than any of them has. */
const mostBytes = 1 << 24;

export async function writeRecord(store: CacheStore, name: string, record: object): Promise<void> {
  const text = new TextEncoder().encode(JSON.stringify(record));
  const digest = new TextEncoder().encode(await store.digest([text]));
  await store.write(name, () => [digest, text], digest.length + text.length);
}

/** @throws DamagedEntry for what is not as it was written */
export async function readRecord(store: CacheStore, entry: StoredEntry): Promise<unknown> {
  if (entry.bytes < digestCharacters || entry.bytes > mostBytes) throw new DamagedEntry('it has another length');
  const bytes = new Uint8Array(entry.bytes);
  try {
    entry.fill(0, bytes);
  } catch (error) {
    throw new DamagedEntry(String(error));
  }
  const text = bytes.subarray(digestCharacters);
  if (new TextDecoder().decode(bytes.subarray(0, digestCharacters)) !== (await store.digest([text])))
    throw new DamagedEntry('its digest is another');
  return JSON.parse(new TextDecoder().decode(text));
}
