/** The workers that the process starts, so that they can be ended as a system without memory would. */
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';

const started: threads.Worker[] = [];
let isWatching = false;

/** @returns a list that grows with each worker that is started from now on */
export function watchWorkers(): threads.Worker[] {
  if (!isWatching) {
    isWatching = true;
    const { Worker } = threads;
    threads.Worker = class extends Worker {
      constructor(...parameters: ConstructorParameters<typeof Worker>) {
        super(...parameters);
        started.push(this);
      }
    };
    syncBuiltinESMExports();
  }
  return started;
}
