/**
 * What a worker runs: it waits for the sequence word to change, runs the steps that the words after it name, and waits
 * again. Where they name none, it goes back to its event loop and reads messages, which it acknowledges. When asked, it
 * notes when it begins and ends, in milliseconds since 1970, since each thread has a clock of its own.
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

/** Asks for what was noted since the last such message. */
export interface TimesMessage {
  readonly kind: 'times';
}

export type TeamMessage = StartMessage | LoadMessage | UnloadMessage | TimesMessage;

export interface DoneReply {
  readonly kind: 'done';
  /** Begin and end of each dispatch that was timed, one after another, for `times`. */
  readonly times?: readonly number[];
}

export interface FailedReply {
  readonly kind: 'failed';
  readonly reason: string;
}

export type WorkerReply = DoneReply | FailedReply;

/** How often the sequence word is looked at before the thread sleeps: 0.3 ms, so that in a loop of runs it need not be woken. */
const looks = 40000;

const index = (address: number) => address / 4;

export const workerSource = `'use strict';
const port = typeof require === 'function' ? require('worker_threads').parentPort : self;
const programs = new Map();
let memory, words, thread;
let times = [];
const clock = () => performance.timeOrigin + performance.now();

function serve(seen) {
  for (;;) {
    for (let left = ${looks}; left > 0 && Atomics.load(words, ${index(control.sequence)}) === seen; left--);
    while (Atomics.load(words, ${index(control.sequence)}) === seen) Atomics.wait(words, ${index(control.sequence)}, seen);
    seen = Atomics.load(words, ${index(control.sequence)});
    Atomics.add(words, ${index(control.working)}, 1);
    try {
      const program = Atomics.load(words, ${index(control.program)});
      if (program === 0) return;
      const isTimed = words[${index(control.timed)}] !== 0;
      if (isTimed) times.push(clock());
      programs.get(program)(
        thread,
        words[${index(control.threads)}],
        words[${index(control.begin)}],
        words[${index(control.end)}],
        words[${index(control.arena)}],
      );
      if (isTimed) times.push(clock());
    } finally {
      Atomics.sub(words, ${index(control.working)}, 1);
    }
  }
}

function receive(message) {
  const reply = { kind: 'done' };
  try {
    if (message.kind === 'start') {
      ({ memory, thread } = message);
      words = new Int32Array(memory.buffer, 0, ${index(controlBytes)});
    } else if (message.kind === 'load') {
      // Growth by another thread is news that may still be on its way to this one; asking for nothing fetches it.
      memory.grow(0);
      const instance = new WebAssembly.Instance(message.module, { host: { memory, alive: () => 1 } });
      programs.set(message.program, instance.exports.run);
    } else if (message.kind === 'unload') programs.delete(message.program);
    else {
      reply.times = times;
      times = [];
    }
    port.postMessage(reply);
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
else {
  // By the lock of its name, held for as long as it lives, a page learns that the thread has ended.
  const { locks } = self.navigator;
  const held = new Promise((resolve) => {
    if (!locks) return resolve();
    const forever = () => {
      resolve();
      return new Promise(() => {});
    };
    locks.request(self.name, forever).catch(resolve);
  });
  port.onmessage = ({ data }) => {
    port.onmessage = (event) => receive(event.data);
    // Not before the lock has what keeps it held.
    held.then(() => setTimeout(receive, 0, data));
  };
}
`;
