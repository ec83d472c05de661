/**
 * How a page learns at once that a worker has ended, of which browsers send no event: the worker holds a lock (Web Locks
 * API, https://w3c.github.io/web-locks/) for as long as it lives, and whoever waits for the lock gets it when the worker
 * has ended, however that came.
 */

interface Locks {
  request(name: string, options: { readonly signal?: AbortSignal }, callback: () => unknown): Promise<unknown>;
}

/** Undefined where there are none: in pages that are no secure contexts, and in older browsers. */
function locks(): Locks | undefined {
  return (globalThis.navigator as { readonly locks?: Locks } | undefined)?.locks;
}

let count = 0;

/** A name of a worker that none has, of this page or of others. */
export function lockName(name: string): string {
  return `${name} ${performance.timeOrigin} ${Math.random()} ${++count}`;
}

/** Holds the lock of that name for as long as this worker lives. @returns when it is held, or never will be */
export function holdLock(name: string): Promise<void> {
  const held = locks();
  if (held === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const forever = () => {
      resolve();
      return new Promise(() => {});
    };
    held.request(name, {}, forever).catch(() => resolve());
  });
}

/**
 * @param gone called when nobody holds the lock any more
 * @returns what ends the wait
 */
export function watchLock(name: string, gone: () => void): () => void {
  const controller = new AbortController();
  locks()
    ?.request(name, { signal: controller.signal }, gone)
    .catch(() => {});
  return () => controller.abort();
}
