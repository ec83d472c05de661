/** The API of onnxruntime in Chromium: pictures, clones, frames, workers, the script for tags, and aliases of bundlers. */
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelBytes, nodeProto } from '../support/model.js';
import { commonFolder, hasCommon } from '../support/onnxruntime-common.js';
import { Chromium, chromiumFile, isolation } from './chromium.js';
import { type Application, createApplication } from './installed.js';

const standalone = path.join(import.meta.dirname, '../../dist/unstride.min.js');
const title =
  chromiumFile === undefined
    ? 'in Chromium: skipped, there is none on the PATH, and UNSTRIDE_CHROMIUM names none'
    : 'in Chromium';
if (chromiumFile === undefined) console.warn(title);

const chain = modelBytes({
  inputs: { x: ['N'] },
  outputs: { y: ['N'] },
  nodes: [...Array(60).keys()].map((i) => nodeProto('Sin', i === 0 ? 'x' : `v${i}`, i === 59 ? 'y' : `v${i + 1}`)),
});

/** Code of a page, which is given as text: what it calls is there. */
const jobs = `
const pixels = (width, height) => {
  const data = new Uint8ClampedArray(width * height * 4).map((_, i) => (i % 4 === 3 ? 255 : (i * 37) % 256));
  return new ImageData(data, width, height);
};
const frames = async (work) => {
  let count = 0, isOn = true;
  const tick = () => { count++; if (isOn) requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
  await work();
  isOn = false;
  return count;
};
const open = (options) => ort.InferenceSession.create('chain.onnx', { threads: 1, executor: 'reference', ...options });
const jobs = {
  async pictures() {
    const image = pixels(5, 4);
    const canvas = Object.assign(document.createElement('canvas'), { width: 5, height: 4 });
    canvas.getContext('2d').putImageData(image, 0, 0);
    const url = canvas.toDataURL();
    const bitmap = await createImageBitmap(image);
    const element = new Image();
    element.src = url;
    await element.decode();
    const options = [undefined, {}, { norm: { mean: [1, 2, 4], bias: [0, 1, 2] } }, { tensorFormat: 'BGR' }, { tensorFormat: 'RGBA' }];
    const answers = [];
    for (const [kind, source, given] of [['data', image, options], ['url', url, options], ['bitmap', bitmap, options.slice(1)], ['element', element, options.slice(0, 3)]])
      for (const option of given) {
        const make = async ({ Tensor }) => {
          const tensor = await Tensor.fromImage(source, structuredClone(option));
          return { dims: tensor.dims, data: [...tensor.data] };
        };
        answers.push({ kind, option, ours: await make(ort), theirs: common && (await make(common)) });
      }
    const tensor = await ort.Tensor.fromImage(image);
    const theirs = common && new common.Tensor('float32', tensor.data, tensor.dims);
    answers.push({ kind: 'toImageData', ours: [...tensor.toImageData().data], theirs: theirs && [...theirs.toImageData().data] });
    answers.push({ kind: 'toDataURL', ours: tensor.toDataURL(), theirs: url });
    return answers;
  },
  async clones() {
    const tensor = new ort.Tensor('float32', [1, 2], [2]);
    const code = 'onmessage = ({ data }) => postMessage(data)';
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
    const answer = new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
    worker.postMessage({ tensor, env: ort.env });
    const { tensor: clone, env } = await answer;
    worker.terminate();
    return { keys: Object.keys(clone), data: [...new ort.Tensor(clone.type, clone.cpuData, clone.dims).data], level: env.logLevel };
  },
  async loop() {
    const session = await open({});
    const x = new ort.Tensor('float32', new Float32Array(20_000));
    const count = await frames(async () => { for (let i = 0; i < 15; i++) await session.run({ x }); });
    await session.release();
    return count;
  },
  async worker(options) {
    const session = await open(options ?? { worker: true });
    const x = new ort.Tensor('float32', new Float32Array(400_000).fill(0.5));
    let y;
    const started = performance.now();
    const count = await frames(async () => { ({ y } = await session.run({ x })); });
    const took = performance.now() - started;
    await session.release();
    return { notes: session.notes, isRight: Math.abs(y.data[399_999] - 0.2) < 0.1, share: (count * 1000) / 60 / took };
  },
  async killed(options) {
    const started = [];
    const Own = Worker;
    globalThis.Worker = class extends Own {
      constructor(...parameters) { super(...parameters); started.push(this); }
    };
    const session = await open(options);
    const x = new ort.Tensor('float32', new Float32Array(400_000).fill(0.5));
    const told = [];
    for (const isRunning of [true, false]) {
      const run = isRunning ? session.run({ x }) : undefined;
      started.splice(0).forEach((worker) => worker.terminate());
      const begun = performance.now();
      if (run) await run.catch(({ diagnostics }) => told.push(diagnostics[0].code));
      else await new Promise((resolve) => setTimeout(resolve, 200));
      const { y } = await session.run({ x });
      told.push(Math.abs(y.data[399_999] - 0.2) < 0.1 && performance.now() - begun < 20_000 && started.length > 0);
    }
    await session.release();
    globalThis.Worker = Own;
    return told;
  },
};
Object.assign(globalThis, jobs, { runJob: (name, ...args) => jobs[name](...args) });`;

describe.skipIf(chromiumFile === undefined)(title, () => {
  let application: Application;
  let chromium: Chromium;
  let out: string;
  beforeAll(async () => {
    application = await createApplication();
    const common = hasCommon
      ? `import * as common from ${JSON.stringify(path.join(commonFolder, 'dist/esm/index.js'))};`
      : 'const common = undefined;';
    out = await application.bundle({ page: `// @ts-nocheck\nimport * as ort from 'unstride';\n${common}\n${jobs}` });
    writeFileSync(path.join(out, 'chain.onnx'), chain);
    // A program of onnxruntime's, by an alias of its bundler, in one file.
    const aliased = path.join(out, 'aliased');
    mkdirSync(aliased);
    await build({
      stdin: {
        contents: `import * as ort from 'onnxruntime-web/wasm'; import web from 'onnxruntime-web'; const common = undefined; if (web.Tensor !== ort.Tensor) throw new Error('two classes');${jobs}`,
        resolveDir: application.folder,
      },
      outfile: path.join(aliased, 'page.js'),
      alias: { 'onnxruntime-web': 'unstride/onnxruntime' },
      bundle: true,
      format: 'esm',
      platform: 'browser',
      nodePaths: [path.join(import.meta.dirname, '../../node_modules')],
      logLevel: 'silent',
    });
    if (existsSync(standalone)) cpSync(standalone, path.join(out, 'unstride.min.js'));
    chromium = await Chromium.start({ isolated: isolation, plain: {} }, [out]);
  });
  afterAll(async () => {
    await chromium?.stop();
    application?.remove();
  });

  async function run<T>(
    job: string,
    args: readonly unknown[] = [],
    prepare?: (page: Page) => Promise<void>,
  ): Promise<T> {
    const { page, complaints } = await chromium.open('isolated');
    try {
      await prepare?.(page);
      const answer = await page.evaluate(
        ([name, given]) =>
          (globalThis as unknown as { runJob(name: string, ...rest: unknown[]): unknown }).runJob(
            name as string,
            ...(given as unknown[]),
          ),
        [job, args] as const,
      );
      expect(complaints).toEqual([]);
      return answer as T;
    } finally {
      await page.close();
    }
  }

  it('tensors of pictures are those of onnxruntime, and back', async () => {
    const answers = await run<{ kind: string; option?: unknown; ours: unknown; theirs?: unknown }[]>('pictures');
    expect(answers).toHaveLength(19);
    for (const { ours, theirs, ...what } of answers)
      if (theirs !== undefined) expect({ ...what, tensor: ours }).toEqual({ ...what, tensor: theirs });
  });

  it('tensors and env are sent to workers', async () => {
    expect(await run('clones')).toEqual({
      keys: ['cpuData', 'dataLocation', 'type', 'dims', 'size'],
      data: [1, 2],
      level: 'warning',
    });
  });

  it('frames are drawn between runs', async () => {
    expect(await run<number>('loop')).toBeGreaterThan(5);
  });

  it('the page is free while a session in a worker runs', async () => {
    const { share, ...answer } = await run<{ share: number }>('worker');
    expect(answer).toEqual({ notes: [], isRight: true });
    expect(share).toBeGreaterThan(0.3);
  });

  it('a worker that is gone is missed at once, and the next run has another', async () => {
    expect(await run('killed', [{ worker: true }])).toEqual(['US2012', true, true]);
  });

  it('an alias of onnxruntime-web is enough, and one file without a worker tells what to do', async () => {
    const load = async (page: Page) => {
      await page.addScriptTag({ url: 'aliased/page.js', type: 'module' });
    };
    const answer = await run<{ notes: { text: string }[]; isRight: boolean }>('worker', [], load);
    expect(answer).toMatchObject({ isRight: true, notes: [{ about: 'worker' }] });
    expect(answer.notes[0]!.text).toContain('unstride.min.js');
  });

  it.skipIf(!existsSync(standalone))('a script tag gives sessions, in workers as well', async () => {
    const load = async (page: Page) => {
      await page.addScriptTag({ url: 'unstride.min.js' });
      await page.addScriptTag({ content: `{ const ort = globalThis.unstride, common = undefined;${jobs} }` });
    };
    const { share, ...answer } = await run<{ share: number }>('worker', [], load);
    expect(answer).toEqual({ notes: [], isRight: true });
    expect(share).toBeGreaterThan(0.3);
    // So does a bundle that is one file, by the script's address.
    const one = await run<object>('worker', [{ worker: 'unstride.min.js' }], async (page) => {
      await page.addScriptTag({ url: 'aliased/page.js', type: 'module' });
    });
    expect(one).toMatchObject({ notes: [], isRight: true });
  });
});
