/** Runs a job in a process of its own. */
import { fork } from 'node:child_process';
import type { Answer, Job } from './job.js';

export interface Host {
  readonly node: string;
  readonly flags: readonly string[];
  /** The bundled child. */
  readonly script: string;
}

const timeoutMinutes = 10;

export function runJob({ node, flags, script }: Host, job: Job): Promise<Answer> {
  return new Promise((resolve) => {
    const child = fork(script, { execPath: node, execArgv: [...flags], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-400);
    });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve({ kind: 'failed', reason: `no answer within ${timeoutMinutes} minutes` });
    }, timeoutMinutes * 60_000);
    child.once('message', (answer) => {
      resolve(answer as Answer);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve({ kind: 'failed', reason: `the process ended (${signal ?? code}): ${said.trim()}` });
    });
    child.send(job);
  });
}
