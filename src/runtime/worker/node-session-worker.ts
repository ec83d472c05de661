/** The file that Node starts workers for sessions from, which the calling thread imports to start them. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { sessionWorkerName } from './protocol.js';
import { serve } from './serve.js';
import type { WorkerEvents, WorkerHandle } from './start.js';

export const address = import.meta.url;

export function startNodeWorker(events: WorkerEvents): WorkerHandle {
  // Options of the process (a loader, an input type) are not for this file.
  const worker = new Worker(new URL(address), { name: sessionWorkerName, workerData: sessionWorkerName, execArgv: [] });
  worker.on('message', (data) => events.message(data));
  worker.on('error', (error) => events.failure(error instanceof Error ? error.message : String(error)));
  worker.on('exit', (code) => events.failure(`the worker has ended with code ${code}`));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer as ArrayBuffer[]),
    terminate: async () => {
      await worker.terminate();
    },
    hold: (isHeld) => {
      if (isHeld) worker.ref();
      else worker.unref();
    },
  };
}

if (!isMainThread && workerData === sessionWorkerName && parentPort !== null) {
  const port = parentPort;
  serve({
    post: (message, transfer = []) => port.postMessage(message, transfer as ArrayBuffer[]),
    listen: (hear) => port.on('message', hear),
  });
}
