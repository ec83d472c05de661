/** A process of a soak seen from the one that watches it: it is ended where it hangs, and one that died is noticed. */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { Fault } from '../parts/part.js';
import type { Tried, Work } from './protocol.js';

/** Bytes of JavaScript's heap, in MB: a process that wants more dies. */
const heapLimit = 2048;

export interface Ended {
  readonly fault: Extract<Fault, 'hang' | 'crash'>;
  readonly text: string;
}

export class WorkerProcess {
  private readonly child: ChildProcess;
  private errors = '';

  constructor() {
    this.child = fork(path.join(import.meta.dirname, 'child.js'), {
      execArgv: ['--expose-gc', `--max-old-space-size=${heapLimit}`, '--enable-source-maps'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors = (this.errors + text).slice(-4000);
    });
  }

  /**
   * Does the work, which consists of `count` trials.
   * @param patience milliseconds that a trial may take
   * @returns undefined when all of it is done; else what became of the process, which is of no use any more
   */
  do(work: Work, count: number, patience: number, hear: (tried: Tried) => void): Promise<Ended | undefined> {
    const { child } = this;
    return new Promise((resolve) => {
      let done = 0;
      const finish = (ended?: Ended) => {
        clearTimeout(timer);
        child.off('message', onMessage).off('exit', onExit);
        resolve(ended);
      };
      const onMessage = (tried: Tried) => {
        timer.refresh();
        hear(tried);
        if (++done === count) finish();
      };
      const onExit = (code: number | null, signal: NodeJS.Signals | null) =>
        finish({ fault: 'crash', text: `the process ended with ${signal ?? `exit code ${code}`}: ${this.errors}` });
      const timer = setTimeout(() => {
        this.end();
        finish({ fault: 'hang', text: `not done after ${patience} ms` });
      }, patience);
      child.on('message', onMessage).on('exit', onExit);
      child.send(work);
    });
  }

  end(): void {
    this.child.kill('SIGKILL');
  }
}
