/** Threads in a browser. */
import { Crew } from './crew.js';
import { lockName, watchLock } from './held-lock.js';
import type { StartThread, Threads } from './thread.js';

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

export const webThreads: Threads = { start: startWebWorker, Crew };
