/** Threads of the host: workers of Node or of a browser. What starts them comes where there are some. */
import { isNode } from '../host.js';
import type { Crew } from './crew.js';

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

/** What makes a crew. */
export interface Threads {
  readonly start: StartThread;
  readonly Crew: typeof Crew;
}

export interface ThreadHost {
  /** How many threads can run at a time. */
  readonly parallelism: number;
  threads(): Promise<Threads>;
}

/** What can start threads here; undefined where nothing can. */
export async function threadHost(): Promise<ThreadHost | undefined> {
  if (isNode()) {
    const { nodeParallelism, nodeThreads } = await import('./node-workers.js');
    return { parallelism: nodeParallelism(), threads: async () => nodeThreads };
  }
  if (typeof Worker !== 'function') return undefined;
  return {
    parallelism: globalThis.navigator?.hardwareConcurrency ?? 1,
    threads: async () => (await import('./web-workers.js')).webThreads,
  };
}
