/** A browser's worker that a session lives in. */
import { holdLock } from '../threads/held-lock.js';
import { type Port, sessionWorkerName } from './protocol.js';
import { serve } from './serve.js';

interface WorkerScope {
  readonly name?: unknown;
  readonly importScripts?: unknown;
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

/** Serves where this is a worker for a session. @returns whether it is one */
export function serveInWorker(): boolean {
  const scope = globalThis as unknown as WorkerScope;
  const { name } = scope;
  if (typeof scope.importScripts !== 'function' || typeof name !== 'string') return false;
  if (!name.startsWith(sessionWorkerName)) return false;
  const port: Port = {
    post: (message, transfer = []) => scope.postMessage(message, transfer),
    listen: (hear) => scope.addEventListener('message', ({ data }) => hear(data)),
  };
  void holdLock(name).then(() => serve(port));
  return true;
}
