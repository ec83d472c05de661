/** Threads of the host: workers of Node or of a browser. */
import { isNode } from '../host.js';
import { lockName, watchLock } from './held-lock.js';

export interface ThreadEvents {
  message(data: unknown): void;
  /** The thread has ended, or never began. */
  failure(reason: string): void;
}

export interface Thread {
  post(message: unknown): void;
  terminate(): Promise<void>;
  /**
   * False for a thread that has ended. A browser tells that by a lock that the thread held, so it is true for as long as
   * this thread is at work.
   */
  isAlive(): boolean;
  /** Whether a thread that was terminated touches nothing any more once `terminate` has returned. */
  readonly endsWhenTerminated: boolean;
  /** Whether the thread keeps the process from ending. */
  hold(isHeld: boolean): void;
}

/** @param source a script that imports nothing */
export type StartThread = (source: string, name: string, events: ThreadEvents) => Thread;

export interface ThreadHost {
  readonly start: StartThread;
  /** How many threads can run at a time. */
  readonly parallelism: number;
}

/** What can start threads here; undefined where nothing can. */
export async function threadHost(): Promise<ThreadHost | undefined> {
  if (isNode()) {
    const { nodeParallelism, startNodeThread } = await import('./node-workers.js');
    return { start: startNodeThread, parallelism: nodeParallelism() };
  }
  if (typeof Worker !== 'function') return undefined;
  return { start: startWebWorker, parallelism: globalThis.navigator?.hardwareConcurrency ?? 1 };
}

const startWebWorker: StartThread = (source, name, events) => {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const lock = lockName(name);
  const worker = new Worker(url, { name: lock });
  let isLoaded = false;
  let isAlive = true;
  let unwatch = () => {};
  const loaded = () => {
    if (!isLoaded) URL.revokeObjectURL(url);
    isLoaded = true;
  };
  worker.onmessage = ({ data }) => {
    // It answers first when it holds its lock.
    if (!isLoaded)
      unwatch = watchLock(lock, () => {
        isAlive = false;
        events.failure('the browser has ended the thread');
      });
    loaded();
    events.message(data);
  };
  worker.onerror = (event) => {
    loaded();
    event.preventDefault();
    events.failure(
      event.message || 'the worker could not be loaded: does a Content-Security-Policy forbid blob: workers?',
    );
  };
  worker.onmessageerror = () => events.failure('a message to the worker could not be read');
  return {
    post: (message) => worker.postMessage(message),
    terminate: async () => {
      loaded();
      unwatch();
      worker.terminate();
    },
    isAlive: () => isAlive,
    endsWhenTerminated: false,
    hold: () => {},
  };
};
