/**
 * The file that a browser starts workers for sessions from. The page imports it as well, to learn its address: whatever a
 * bundler makes of it, it is a module that serves where it is the worker.
 */
import { serveInWorker } from './worker-scope.js';

export const address = import.meta.url;

serveInWorker();
