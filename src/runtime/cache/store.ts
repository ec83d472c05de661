/** Where sessions keep what they have made of models, for later processes: a folder, or a browser's storage. */

/** What names of entries end with that say something of a model, and are no programs. */
export const factsEnding = '.facts';

export interface CacheStore {
  /** Where it is, for messages. */
  readonly place: string;
  /**
   * A digest of bytes, as hexadecimal digits. Whoever gives the bytes cannot choose them so that others have the same one.
   */
  digest(parts: Iterable<Uint8Array>): string | Promise<string>;
  /** Undefined where there is no entry of that name, or none that can be read. */
  read(name: string): Promise<StoredEntry | undefined>;
  /** Writes an entry whole or not at all. What cannot be written is left out, as is what is larger than the bound. */
  write(name: string, parts: () => Iterable<Uint8Array>, bytes: number): Promise<void>;
  remove(name: string): Promise<void>;
  /** Has the engine keep what it compiles of modules that are loaded from now on, where it can. */
  keepOwnCode?(): void;
}

export interface StoredEntry {
  readonly bytes: number;
  /** Fills `target` with the bytes from `offset` on. @throws where there are fewer */
  fill(offset: number, target: Uint8Array): void;
  close(): void;
}

/** What a program can say of its cache: yes, a folder (in a browser the name of a cache), or both with a bound. */
export type CacheOption = boolean | string | { readonly folder?: string; readonly maxBytes?: number };

export function isCached(option: CacheOption | undefined): boolean {
  return option !== undefined && option !== false;
}

/** Bytes of all entries, by default. */
export const defaultCacheBytes = 2 ** 30;
