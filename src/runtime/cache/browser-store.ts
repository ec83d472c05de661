/** A cache in a browser's Cache Storage, which belongs to the page's origin alone. Digests are SHA-256. */
import { type CacheStore, defaultCacheBytes, type StoredEntry } from './store.js';

/** Addresses that are never fetched. */
const prefix = 'https://unstride.invalid/';
const used = 'x-unstride-used';
const size = 'x-unstride-bytes';

export class BrowserStore implements CacheStore {
  private constructor(
    readonly place: string,
    private readonly cache: Cache,
    private readonly maxBytes: number,
  ) {}

  /** @throws where the page has no Cache Storage: it is for secure contexts */
  static async open(name = 'unstride', maxBytes = defaultCacheBytes): Promise<BrowserStore> {
    if (typeof caches === 'undefined' || typeof crypto === 'undefined' || crypto.subtle === undefined)
      throw new Error('there is no Cache Storage here; a page has to be of a secure origin to have it');
    return new BrowserStore(`the Cache Storage '${name}'`, await caches.open(name), maxBytes);
  }

  async digest(parts: Iterable<Uint8Array>): Promise<string> {
    // crypto.subtle takes whole buffers only: of more than one part the digest of their digests.
    const digests: Uint8Array[] = [];
    for (const part of parts) digests.push(new Uint8Array(await crypto.subtle.digest('SHA-256', unshared(part))));
    const all = new Uint8Array(digests.length * 32);
    for (const [i, digest] of digests.entries()) all.set(digest, i * 32);
    const whole = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
    return [...whole.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  async read(name: string): Promise<StoredEntry | undefined> {
    try {
      const response = await this.cache.match(prefix + name);
      if (response === undefined) return undefined;
      const bytes = new Uint8Array(await response.arrayBuffer());
      await this.cache.put(prefix + name, responseOf(bytes));
      return {
        bytes: bytes.length,
        fill(offset, target) {
          if (offset + target.length > bytes.length) throw new RangeError('it ends before its length');
          target.set(bytes.subarray(offset, offset + target.length));
        },
        close: () => {},
      };
    } catch {
      return undefined;
    }
  }

  async write(name: string, parts: () => Iterable<Uint8Array>, bytes: number): Promise<void> {
    if (bytes > this.maxBytes) return;
    const whole = new Uint8Array(bytes);
    let end = 0;
    for (const part of parts()) {
      whole.set(part, end);
      end += part.length;
    }
    await this.cache.put(prefix + name, responseOf(whole));
    await this.keepBound();
  }

  async remove(name: string): Promise<void> {
    await this.cache.delete(prefix + name);
  }

  /** Removes entries, those that were not used for longest first, until the rest is within the bound. */
  private async keepBound(): Promise<void> {
    const entries: { readonly request: Request; readonly time: number; readonly bytes: number }[] = [];
    for (const request of await this.cache.keys()) {
      const headers = (await this.cache.match(request))?.headers;
      entries.push({ request, time: Number(headers?.get(used)), bytes: Number(headers?.get(size)) });
    }
    let bytes = 0;
    for (const entry of entries.sort((a, b) => b.time - a.time)) {
      bytes += entry.bytes;
      if (bytes > this.maxBytes) await this.cache.delete(entry.request);
    }
  }
}

function responseOf(bytes: Uint8Array<ArrayBuffer>): Response {
  return new Response(bytes, { headers: { [used]: String(Date.now()), [size]: String(bytes.length) } });
}

/** crypto.subtle takes no shared memory. */
function unshared(part: Uint8Array): Uint8Array<ArrayBuffer> {
  return part.buffer instanceof ArrayBuffer ? (part as Uint8Array<ArrayBuffer>) : new Uint8Array(part);
}
