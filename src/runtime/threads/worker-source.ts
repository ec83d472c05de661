/**
 * What a worker runs: it waits for the sequence word to change, runs the steps that the words behind it name, and waits
 * again. Where they name none, it goes back to its event loop and reads messages, which it acknowledges.
 *
 * It is text, so that bundlers and bundled programs need no file of their own for it.
 */
import { control, controlBytes } from '../../codegen/control.js';

export interface StartMessage {
  readonly kind: 'start';
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
}

export interface LoadMessage {
  readonly kind: 'load';
  readonly program: number;
  readonly module: WebAssembly.Module;
}

export interface UnloadMessage {
  readonly kind: 'unload';
  readonly program: number;
}

export type TeamMessage = StartMessage | LoadMessage | UnloadMessage;

export type WorkerReply = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly reason: string };

/** How often the sequence word is looked at before the thread sleeps: some tens of microseconds. */
const looks = 4000;

const index = (address: number) => address / 4;

export const workerSource = `'use strict';
const port = typeof require === 'function' ? require('worker_threads').parentPort : self;
const programs = new Map();
let memory, words, thread;

function serve(seen) {
  for (;;) {
    for (let left = ${looks}; left > 0 && Atomics.load(words, ${index(control.sequence)}) === seen; left--);
    while (Atomics.load(words, ${index(control.sequence)}) === seen) Atomics.wait(words, ${index(control.sequence)}, seen);
    seen = Atomics.load(words, ${index(control.sequence)});
    Atomics.add(words, ${index(control.working)}, 1);
    try {
      const program = Atomics.load(words, ${index(control.program)});
      if (program === 0) return;
      programs.get(program)(
        thread,
        words[${index(control.threads)}],
        words[${index(control.begin)}],
        words[${index(control.end)}],
        words[${index(control.arena)}],
      );
    } finally {
      Atomics.sub(words, ${index(control.working)}, 1);
    }
  }
}

function receive(message) {
  try {
    if (message.kind === 'start') {
      ({ memory, thread } = message);
      words = new Int32Array(memory.buffer, 0, ${index(controlBytes)});
    } else if (message.kind === 'load') {
      // Growth by another thread is news that may still be on its way to this one; asking for nothing fetches it.
      memory.grow(0);
      const instance = new WebAssembly.Instance(message.module, { host: { memory } });
      programs.set(message.program, instance.exports.run);
    } else programs.delete(message.program);
    port.postMessage({ kind: 'done' });
    serve(message.sequence);
  } catch (error) {
    if (words !== undefined) {
      Atomics.store(words, ${index(control.stop)}, 1);
      Atomics.notify(words, ${index(control.arrived)});
    }
    port.postMessage({ kind: 'failed', reason: String((error && error.stack) || error) });
  }
}

if (typeof port.on === 'function') port.on('message', receive);
else port.onmessage = (event) => receive(event.data);
`;
