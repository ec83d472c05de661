/** Threads on Node: the only part of the library that starts them. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Crew } from './crew.js';
import type { StartThread, Threads } from './thread.js';

export function nodeParallelism(): number {
  return availableParallelism();
}

const startNodeThread: StartThread = (source, name, events) => {
  // Options of the process (a loader, an input type) are not for this script.
  const worker = new Worker(source, { eval: true, name, execArgv: [] });
  worker.on('message', (data) => events.message(data));
  worker.on('error', (error) => events.failure(error instanceof Error ? error.message : String(error)));
  worker.on('exit', (code) => events.failure(`the thread has ended with code ${code}`));
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    terminate: async () => {
      await worker.terminate();
    },
    isAlive: () => isAlive(worker),
    endsWhenTerminated: true,
    hold: (isHeld) => {
      if (isHeld) worker.ref();
      else worker.unref();
    },
  };
};

/** The event that a thread has ended waits for this thread's event loop; the time that its loop was idle is negative at once. */
function isAlive(worker: Worker): boolean {
  return worker.threadId >= 0 && (worker.performance?.eventLoopUtilization().idle ?? 0) >= 0;
}

export const nodeThreads: Threads = { start: startNodeThread, Crew };
