import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerJob, buffersOf, type ReadJob, unwrap } from '../../../../src/cli/run/many/jobs.js';
import { WorkerPool } from '../../../../src/cli/run/many/pool.js';

let folder: string;
let program: URL;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unstride-pool-'));
  const file = path.join(folder, 'worker.mjs');
  program = pathToFileURL(file);
  writeFileSync(
    file,
    `import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ path }) => {
      if (path === 'exit') process.exit(3);
      if (path === 'throw') throw new Error('out of luck');
      setTimeout(() => parentPort.postMessage({ kind: 'error', message: path }), 5);
    });`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const job = (name: string): ReadJob => ({ kind: 'read', path: name, names: [], maxPixels: undefined });

describe('the pool', () => {
  it('answers each job, and outlives threads that do not survive one', async () => {
    const pool = new WorkerPool(2, program);
    try {
      const names = ['a', 'exit', 'b', 'throw', 'c', 'd', 'exit', 'e'];
      const answers = await Promise.allSettled(names.map((name) => pool.run(job(name))));
      for (const [i, answer] of answers.entries()) {
        if (answer.status === 'fulfilled') expect(answer.value).toEqual({ kind: 'error', message: names[i] });
        else expect(answer.reason).toMatchObject({ diagnostics: [{ code: 'US2005', file: names[i] }] });
        expect(answer.status).toBe(['exit', 'throw'].includes(names[i]!) ? 'rejected' : 'fulfilled');
      }
    } finally {
      await pool.close();
    }
  });

  it('says so where its program is not there', async () => {
    const pool = new WorkerPool(1, pathToFileURL(path.join(folder, 'gone.js')));
    await expect(pool.run(job('a'))).rejects.toThrow();
    await pool.close();
  });
});

describe('jobs', () => {
  it('come back as what they threw', async () => {
    const answer = await answerJob(job(path.join(folder, 'gone.npy')));
    expect(answer).toMatchObject({ kind: 'problem', problem: { code: 'US2005' } });
    expect(() => unwrap(answer)).toThrow('the data file cannot be read');
  });

  it('hand over memory once, and only whole', () => {
    const whole = new Uint8Array(8);
    const part = new Uint8Array(8).subarray(2);
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    const found = buffersOf({
      a: new Map([['x', { data: whole }]]),
      b: [whole, part, shared, new Uint8Array(0), null, 'x'],
    });
    expect([...found]).toEqual([whole.buffer]);
  });
});
