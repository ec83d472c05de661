/** Sessions in workers, on Node: the built package, in a process of its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelBytes, nodeProto } from '../support/model.js';
import { Consumer, isBuilt } from './consumer.js';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const doubling = base64(
  modelBytes({ inputs: { x: ['N'] }, outputs: { y: ['N'] }, nodes: [nodeProto('Add', 'x x', 'y')] }),
);
// A loop of references, long enough to be stopped.
const chain = base64(
  modelBytes({
    inputs: { x: ['N'] },
    outputs: { y: ['N'] },
    nodes: [...Array(200).keys()].map((i) => nodeProto('Sin', i === 0 ? 'x' : `v${i}`, i === 199 ? 'y' : `v${i + 1}`)),
  }),
);

describe.skipIf(!isBuilt)('a session in a worker', () => {
  let consumer: Consumer;
  beforeAll(() => {
    consumer = new Consumer();
  });
  afterAll(() => consumer?.remove());

  function run(code: string): unknown {
    consumer.write(
      'run.mjs',
      `import { env, InferenceSession, ModelError, Tensor } from 'unstride';
const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64'));
const doubling = '${doubling}', chain = '${chain}';
const tell = (value) => console.log(JSON.stringify(value));
${code}`,
    );
    return JSON.parse(consumer.run('run.mjs'));
  }

  it('computes, tells and reports as one on this thread, and the process ends by itself', () => {
    const answer = run(`
const notes = [];
const session = await InferenceSession.create(bytes(doubling), { worker: true, threads: 1, thread: 2, onNote: (note) => notes.push(note.about) });
const reports = [];
const target = new Tensor('float32', new Float32Array(2));
await session.run({ x: new Tensor('float32', [1, 2]) }, { y: target }, { onReport: ({ executor, threads }) => reports.push({ executor, threads }) });
session.startProfiling();
const { y } = await session.run({ x: new Tensor('float32', [3]) });
await session.run({ x: new Tensor('float32', [3]) });
const trace = session.endProfiling();
const error = await session.run({ x: new Tensor('int32', [3]) }).catch((error) => [error instanceof ModelError, error.diagnostics[0].code]);
tell({ names: session.inputNames, shape: session.outputMetadata[0].shape, target: [...target.data], y: [...y.data], notes, reports, error, runs: trace.traceEvents.filter(({ name }) => name === 'run').length });
`);
    expect(answer).toEqual({
      names: ['x'],
      shape: ['N'],
      target: [2, 4],
      y: [6],
      notes: ['option'],
      reports: [{ executor: 'compiled', threads: 1 }],
      error: [true, 'US2003'],
      runs: 2,
    });
  });

  it('leaves this thread its turn while it runs, and env.wasm.proxy asks for one as well', () => {
    const answer = run(`
env.wasm.proxy = true;
const session = await InferenceSession.create(bytes(chain), { threads: 1, executor: 'reference' });
let ticks = 0;
const timer = setInterval(() => ticks++, 1);
const x = new Tensor('float32', new Float32Array(20_000));
await session.run({ x });
clearInterval(timer);
const data = x.data.length;
await session.release();
const again = await session.run({ x }).catch(({ message }) => message);
tell({ notes: session.notes, ticked: ticks > 5, data, again });
`);
    expect(answer).toEqual({
      notes: [],
      ticked: true,
      data: 20_000,
      again: expect.stringContaining('released'),
    });
  });

  it('stops a run by its signal, with the reason of the caller as the cause', () => {
    const answer = run(`
const session = await InferenceSession.create(bytes(chain), { worker: true, threads: 1, executor: 'reference' });
const controller = new AbortController();
const reason = new Error('enough');
setTimeout(() => controller.abort(reason), 20);
const x = new Tensor('float32', new Float32Array(200_000));
const error = await session.run({ x }, { signal: controller.signal }).catch((error) => error);
tell({ code: error.diagnostics[0].code, isReason: error.cause === reason, y: (await session.run({ x: new Tensor('float32', [0]) })).y.dims });
await session.release();
`);
    expect(answer).toEqual({ code: 'US2008', isReason: true, y: [1] });
  });

  it('says that its worker has died, and has another with the next run', () => {
    const answer = run(`
const threads = (await import('node:worker_threads')).default;
const started = [];
const { Worker } = threads;
threads.Worker = class extends Worker {
  constructor(...parameters) { super(...parameters); started.push(this); }
};
(await import('node:module')).syncBuiltinESMExports();
const session = await InferenceSession.create(bytes(chain), { worker: true, threads: 1, executor: 'reference' });
const told = [];
for (let i = 0; i < 3; i++) {
  const x = new Tensor('float32', new Float32Array(200_000));
  const runs = [session.run({ x }), session.run({ x })].map((run) => run.catch((error) => error));
  setTimeout(() => started.pop().terminate(), 20);
  told.push(...(await Promise.all(runs)).map((error) => error instanceof ModelError && error.diagnostics[0]));
  told.push((await session.run({ x: new Tensor('float32', [0]) })).y.dims);
}
// One that died between runs is missed by none.
await started.pop().terminate();
told.push((await session.run({ x: new Tensor('float32', [0]) })).y.dims);
await session.release();
const late = await session.run({ x: new Tensor('float32', [0]) }).catch(({ message }) => message);
tell({ told, late });
`) as { readonly told: readonly unknown[]; readonly late: string };
    const ended = expect.objectContaining({
      code: 'US2012',
      message: expect.stringContaining('worker'),
      actual: expect.stringContaining('code 1'),
    });
    expect(answer.told).toEqual([...[0, 1, 2].flatMap(() => [ended, ended, [1]]), [1]]);
    expect(answer.late).toContain('released');
  });

  it('is on this thread where it cannot be in a worker, and tells why', () => {
    const answer = run(`
const { openModel } = await import('unstride');
const opened = await openModel(bytes(doubling));
const session = await InferenceSession.create(opened, { worker: true, threads: 1, onNote: () => {} });
const { y } = await session.run({ x: new Tensor('float32', [1]) });
await session.release();
const failed = await InferenceSession.create(new Uint8Array([1, 2, 3]), { worker: true }).catch((error) => error instanceof ModelError);
tell({ y: [...y.data], notes: session.notes, failed });
`);
    expect(answer).toEqual({
      y: [2],
      notes: [{ about: 'worker', text: expect.stringContaining('a model that is open already cannot be sent') }],
      failed: true,
    });
  });
});
