/** Starting the worker of a session, wherever its file is. */
import { isNode } from '../host.js';
import { lockName, watchLock } from '../threads/held-lock.js';
import { type Reply, sessionWorkerName } from './protocol.js';

export interface WorkerEvents {
  message(data: unknown): void;
  /** The worker has ended, or never began. */
  failure(reason: string): void;
}

export interface WorkerHandle {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  terminate(): Promise<void>;
  /** Whether the worker keeps the process from ending. */
  hold(isHeld: boolean): void;
}

/** Milliseconds in which a worker has to load its code. */
const patience = 30_000;

let standalone: string | undefined;

/** The library is one classic script, from this address, which serves in workers too. */
export function setStandaloneAddress(address: string): void {
  standalone = address;
}

const oneFile =
  'the bundler has put the library into one file with the program: have it split dynamic imports into files of their own, ' +
  "or pass the address of unstride.min.js, as in { worker: '/unstride.min.js' }";

/**
 * @param at the address of unstride.min.js, where the program gives one
 * @returns when the worker is ready for messages
 * @throws Error that says why there is none
 */
export async function startWorker(at: string | URL | undefined, events: WorkerEvents): Promise<WorkerHandle> {
  let settle: ((reason?: string) => void) | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    settle = (reason) => (reason === undefined ? resolve() : reject(new Error(reason)));
  });
  // A worker that fails at once does so before anything awaits it.
  ready.catch(() => {});
  const handle = await startThread(at, {
    message: (data) => {
      if ((data as Reply)?.kind === 'ready') settle?.();
      else events.message(data);
    },
    failure: (reason) => {
      settle?.(reason);
      events.failure(reason);
    },
  });
  const timer = setTimeout(() => settle?.(`the worker has not answered in ${patience / 1000} s`), patience);
  try {
    await ready;
  } catch (error) {
    await handle.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  handle.hold(false);
  return handle;
}

async function startThread(at: string | URL | undefined, events: WorkerEvents): Promise<WorkerHandle> {
  const own = import.meta.url;
  if (isNode()) {
    const { address, startNodeWorker } = await import('./node-session-worker.js');
    if (address === own || !address) throw new Error('the bundler has put the library into one file with the program');
    return startNodeWorker(events);
  }
  if (typeof Worker !== 'function') throw new Error('there are no workers here');
  const script = at ?? standalone;
  if (script !== undefined) return startWebWorker(String(new URL(script, location.href)), 'classic', events);
  const { address } = await import('./session-worker.js');
  if (address === own || !/^(https?|blob):/.test(address ?? '')) throw new Error(oneFile);
  return startWebWorker(address, 'module', events);
}

function startWebWorker(address: string, type: 'classic' | 'module', events: WorkerEvents): WorkerHandle {
  // A worker has to come from the page's origin; what it imports does not.
  const isOwn = new URL(address).origin === location.origin;
  const code = type === 'module' ? `import ${JSON.stringify(address)};` : `importScripts(${JSON.stringify(address)});`;
  const url = isOwn ? address : URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  const name = lockName(sessionWorkerName);
  const worker = new Worker(url, { type, name });
  let unwatch = () => {};
  const loaded = () => {
    if (!isOwn) URL.revokeObjectURL(url);
  };
  worker.onmessage = ({ data }) => {
    if ((data as Reply)?.kind === 'ready') {
      loaded();
      unwatch = watchLock(name, () => events.failure('the browser has ended it'));
    }
    events.message(data);
  };
  worker.onerror = (event) => {
    loaded();
    event.preventDefault();
    events.failure(event.message || `the worker could not be loaded from ${address}`);
  };
  worker.onmessageerror = () => events.failure('a message of the worker could not be read');
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    terminate: async () => {
      unwatch();
      worker.terminate();
    },
    hold: () => {},
  };
}
