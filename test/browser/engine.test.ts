/** The engine in Chromium: threads where the page is isolated, one where it is not, and the bits of Node. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../../src/files/npy.js';
import { type Tensor as DenseTensor, float32 } from '../../src/ir/tensor.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { largestMagnitude } from '../support/compare.js';
import { readFixture } from '../support/fixtures.js';
import { modelBytes, nodeProto } from '../support/model.js';
import { Chromium, chromiumFile, type Headers, isolation, type OpenedPage } from './chromium.js';
import { type Application, createApplication } from './installed.js';
import type { Answer, Floats, Job, Jobs } from './page.js';

const policy = (text: string): Headers => ({ ...isolation, 'Content-Security-Policy': text });

const sites: Readonly<Record<string, Headers>> = {
  isolated: isolation,
  plain: {},
  policy: policy("script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:"),
  'no-blob': policy("script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'"),
  'no-wasm': policy("script-src 'self'; worker-src 'self' blob:"),
  'trusted-types': policy("require-trusted-types-for 'script'"),
};

const { folder, cases, tolerance } = readFixture('unet/dynamo');
const [square] = cases;
const read = (file: string): DenseTensor => readNpy(readFileSync(path.join(folder, file)));
const floatsOf = ({ dims, data }: DenseTensor): Floats => ({ dims, data: Array.from(data, Number) });
const feeds = { image: floatsOf(read(square!.inputs['image']!)) };
const model = 'unet/dynamo/model.onnx';

const title =
  chromiumFile === undefined
    ? 'in Chromium: skipped, there is none on the PATH, and UNSTRIDE_CHROMIUM names none'
    : 'in Chromium';
// Reporters count what is skipped, and do not show why.
if (chromiumFile === undefined) console.warn(title);

describe.skipIf(chromiumFile === undefined)(title, () => {
  let application: Application;
  let chromium: Chromium;
  beforeAll(async () => {
    application = await createApplication();
    const jobs = `
      import { InferenceSession, ModelError, Tensor } from 'unstride';
      import { jobsOf } from ${JSON.stringify(path.join(import.meta.dirname, 'page.ts'))};
      const jobs = jobsOf({ InferenceSession, ModelError, Tensor });`;
    const out = await application.bundle({
      page: `${jobs}
        const runInWorker = (job: unknown) => new Promise((resolve, reject) => {
          const worker = new Worker('worker.js', { type: 'module' });
          worker.onmessage = ({ data }) => 'error' in data ? reject(new Error(data.error)) : resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
          worker.postMessage(job);
        });
        Object.assign(globalThis, jobs, { runInWorker });`,
      worker: `${jobs}
        onmessage = ({ data }) => jobs.runJob(data).then(postMessage, (error) => postMessage({ error: String(error) }));`,
    });
    const trilu = { inputs: { x: [2, 2] }, nodes: [nodeProto('Trilu', 'x', 'y')], outputs: { y: [2, 2] } };
    writeFileSync(path.join(out, 'trilu.onnx'), modelBytes(trilu));
    const kept = {
      inputs: { x: [1, 2, 4, 4] },
      nodes: [nodeProto('Relu', 'x', 'r'), nodeProto('ReduceMax', 'r', 'y', { keepdims: 0 })],
      outputs: { y: [] },
    };
    writeFileSync(path.join(out, 'kept.onnx'), modelBytes(kept));
    chromium = await Chromium.start(sites, [out, path.join(folder, '..', '..')]);
  });
  afterAll(async () => {
    await chromium?.stop();
    application?.remove();
  });

  /** The answer to a job in a new page. */
  async function attempt(
    site: string,
    job: Job,
    place: 'runJob' | 'runInWorker' = 'runJob',
  ): Promise<{ readonly answer: Answer } & Omit<OpenedPage, 'page'>> {
    const { page, ...heard } = await chromium.open(site);
    try {
      const answer = await page.evaluate(
        ([name, given]) => (globalThis as unknown as Record<string, Jobs['runJob']>)[name]!(given as Job),
        [place, job] as const,
      );
      return { answer, ...heard };
    } finally {
      await page.close();
    }
  }

  async function run(...args: Parameters<typeof attempt>): Promise<Answer> {
    const { answer, complaints } = await attempt(...args);
    expect(complaints).toEqual([]);
    return answer;
  }

  function expectRight({ outputs }: Answer): void {
    const { dims, data } = outputs['logits']!;
    const logits = float32(dims, Float32Array.from(data));
    expect(largestMagnitude(tolerance)(logits, read(square!.outputs['logits']!))).toBeUndefined();
  }

  it.each(['runJob', 'runInWorker'] as const)(
    'gives the same bits with one thread and with more: %s',
    async (place) => {
      const one = await run('isolated', { model, feeds, options: { threads: 1 } }, place);
      expect(one).toMatchObject({ executor: 'compiled', tier: 'fma', threads: 1, notes: [], isShared: false });
      expectRight(one);
      for (const threads of place === 'runJob' ? [2, 3] : [3]) {
        const more = await run('isolated', { model, feeds, options: { threads } }, place);
        expect(more).toMatchObject({ executor: 'compiled', tier: 'fma', threads, notes: [] });
        expect(more.outputs).toEqual(one.outputs);
      }
    },
  );

  it('runs bytes, and outputs may be views of memory', async () => {
    const options = { threads: 2 };
    const copies = await run('isolated', { model, source: 'bytes', feeds, options });
    expectRight(copies);
    expect(copies.isShared).toBe(false);
    const views = await run('isolated', { model, source: 'bytes', feeds, options, outputsAsViews: true });
    expect(views.isShared).toBe(true);
    expect(views.outputs).toEqual(copies.outputs);
  });

  it('fetches external data from beside the model', async () => {
    const answer = await run('isolated', { model: 'unet/external-data/model.onnx', feeds, options: { threads: 2 } });
    expect(answer).toMatchObject({ executor: 'compiled', threads: 2 });
    expectRight(answer);
  });

  it('fetches rare operators for a model that has them, and only then', async () => {
    const isRare = (file: string) => file.startsWith('rare-');
    const common = await attempt('isolated', { model, feeds });
    expect(common.requests.filter(isRare)).toEqual([]);
    const x = { dims: [2, 2], data: [1, 2, 3, 4] };
    const rare = await attempt('isolated', { model: 'trilu.onnx', feeds: { x } });
    expect(rare.requests.filter(isRare)).toHaveLength(1);
    expect(rare.answer.outputs).toEqual({ y: { dims: [2, 2], data: [1, 2, 0, 4] } });
  });

  it.each([1, 2])('keeps programs in Cache Storage where that is asked for, %i threads', async (threads) => {
    const { page, complaints, requests } = await chromium.open('isolated');
    const x = { dims: [1, 2, 4, 4], data: Array.from({ length: 32 }, (_, i) => Math.sin(i)) };
    const job: Job = { model: 'kept.onnx', feeds: { x }, options: { cache: true, threads } };
    /** After a reload, as a later visit: what a session of the model gives, and whether what compiles it was fetched. */
    const visit = async () => {
      await page.reload();
      await page.waitForFunction('"runJob" in globalThis');
      const before = requests.length;
      const answer = await page.evaluate((given) => (globalThis as unknown as Jobs).runJob(given as Job), job);
      const isCompiled = requests.slice(before).some((file) => file.startsWith('statistics-'));
      return { outputs: answer.outputs, notes: answer.notes, isCompiled };
    };
    const { outputs } = await visit();
    expect(outputs['y']!.data).toEqual([Math.fround(Math.max(...x.data))]);
    expect(await visit()).toEqual({ outputs, notes: [], isCompiled: false });
    // An entry that was damaged is made anew, and said to be.
    await page.evaluate(async () => {
      const cache = await caches.open('unstride');
      for (const request of await cache.keys()) await cache.put(request, new Response(new Uint8Array(500)));
    });
    const anew = await visit();
    expect([anew.outputs, anew.isCompiled]).toEqual([outputs, true]);
    expect(anew.notes.map(({ about }) => about)).toContain('cache');
    expect(await visit()).toEqual({ outputs, notes: [], isCompiled: false });
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('gives the bits of Node where precision is strict', async () => {
    const session = await InferenceSession.create(path.join(folder, 'model.onnx'), { precision: 'strict', threads: 2 });
    const { dims, data } = feeds.image;
    const { logits } = await session.run({ image: new Tensor('float32', Float32Array.from(data), dims) });
    await session.dispose();
    for (const threads of [1, 2]) {
      const answer = await run('isolated', { model, feeds, options: { precision: 'strict', threads } });
      expect(answer).toMatchObject({ executor: 'compiled', tier: 'baseline', threads });
      expect(answer.outputs['logits']!.data).toEqual(Array.from(logits!.data as Float32Array));
    }
  });

  it.each(['runJob', 'runInWorker'] as const)('has one thread in a page that is not isolated: %s', async (place) => {
    const answer = await run('plain', { model, feeds, options: { threads: 2 } }, place);
    expect(answer).toMatchObject({ executor: 'compiled', tier: 'fma', threads: 1 });
    expect(answer.notes).toEqual([{ about: 'threads', text: expect.stringContaining('cross-origin isolated') }]);
    expectRight(answer);
  });

  it.each([1, 2])('goes on after a run that was aborted, %i threads', async (threads) => {
    const aborted = { input: 'image', dims: [4, 1, 512, 512] };
    const answer = await run('isolated', { model, feeds, options: { threads }, aborted });
    expect(answer).toMatchObject({ aborted: 'US2008 enough', threads });
    expectRight(answer);
  });

  it('asks for no more of a Content-Security-Policy than WebAssembly and workers need', async () => {
    const answer = await run('policy', { model, feeds, options: { threads: 2 } });
    expect(answer).toMatchObject({ executor: 'compiled', tier: 'fma', threads: 2, notes: [] });
    expectRight(answer);
  });

  it.each([
    ['no-blob', 'Content-Security-Policy'],
    ['trusted-types', 'TrustedScriptURL'],
  ])('has one thread where the policy forbids the workers: %s', async (site, reason) => {
    const { answer, complaints } = await attempt(site, { model, feeds, options: { threads: 2 } });
    expect(answer).toMatchObject({ executor: 'compiled', tier: 'fma', threads: 1 });
    expect(answer.notes).toEqual([{ about: 'threads', text: expect.stringContaining(reason) }]);
    expectRight(answer);
    // The browser's own words about the worker.
    expect(complaints).toHaveLength(1);
  });

  it('runs the references where the policy forbids WebAssembly', async () => {
    const answer = await run('no-wasm', { model, feeds, options: { threads: 2 } });
    expect(answer).toMatchObject({ executor: 'reference', threads: 1 });
    expect(answer.notes).toEqual([{ about: 'executor', text: expect.stringContaining('Content Security') }]);
    expectRight(answer);
  });

  it('ends the workers with the session', async () => {
    const { page } = await chromium.open('isolated');
    await page.evaluate((job) => (globalThis as unknown as Jobs).runJob(job as Job), {
      model,
      feeds,
      options: { threads: 3 },
      keep: true,
    });
    expect(page.workers()).toHaveLength(2);
    await page.evaluate(() => (globalThis as unknown as Jobs).disposeAll());
    await expect.poll(() => page.workers().length, { timeout: 20_000 }).toBe(0);
    await page.close();
  });

  it('gives memory back, also where sessions that are done with are kept', async () => {
    const { page, complaints } = await chromium.open('isolated');
    const x = { dims: [2, 2], data: [1, 2, 3, 4] };
    // There is room for a good hundred memories of the largest size.
    const threads = await page.evaluate(
      async ([job, count]) => {
        const seen = new Set<number>();
        for (let i = 0; i < count; i++) {
          seen.add((await (globalThis as unknown as Jobs).runJob(job as Job)).threads);
        }
        return [...seen];
      },
      [{ model: 'trilu.onnx', feeds: { x }, options: { threads: 2 } }, 150] as const,
    );
    expect(threads).toEqual([2]);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
