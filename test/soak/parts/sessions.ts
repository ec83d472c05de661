/** Sessions that live long, come and go, are aborted, and lose their workers: nothing grows, and what follows is right. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as library from '../../../src/index.js';
import { Random } from '../../lower/nodes/random.js';
import { projectFolder } from '../../support/project-folder.js';
import { grown } from './growth.js';
import type { Part, Verdict } from './part.js';
import { watchWorkers } from './workers.js';

const modelFile = path.join(projectFolder, 'fixtures', 'vae', 'decoder-torchscript', 'model.onnx');

/** The package as it is built: workers are files of its own. */
let loaded: Promise<typeof library> | undefined;

function unstride(): Promise<typeof library> {
  loaded ??= import(pathToFileURL(path.join(projectFolder, 'dist', 'index.js')).href) as Promise<typeof library>;
  return loaded;
}

type Session = library.InferenceSession;
type Feeds = Parameters<Session['run']>[0];

async function open(options: library.SessionOptions = {}): Promise<Session> {
  const { InferenceSession } = await unstride();
  return InferenceSession.create(new Uint8Array(readFileSync(modelFile)), { threads: 1, ...options });
}

async function feedsFor(session: Session, size: number): Promise<Feeds> {
  const { Tensor } = await unstride();
  return Object.fromEntries(
    session.inputMetadata.map((input) => {
      const shape = 'shape' in input ? input.shape : [];
      const dims = shape.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : size));
      const count = dims.reduce((product, dim) => product * dim, 1);
      return [input.name, new Tensor('float32', new Float32Array(count).fill(0.25), dims)];
    }),
  );
}

async function resultOf(session: Session, size = 2): Promise<string> {
  const outputs = await session.run(await feedsFor(session, size));
  return Object.values(outputs)
    .map((tensor) => Array.from((tensor.data as Float32Array).subarray(0, 16)).join())
    .join(';');
}

let expected: string | undefined;

/** The results are those of the first session. */
async function isRight(session: Session): Promise<Verdict> {
  const result = await resultOf(session);
  expected ??= result;
  return result === expected ? { kind: 'ran' } : { kind: 'disagreement', text: `${result} for ${expected}` };
}

let kept: Promise<Session> | undefined;

async function manyRuns(seed: number): Promise<Verdict> {
  const random = new Random(seed);
  kept ??= open();
  const session = await kept;
  const feeds = await Promise.all([1, 2, 3].map((size) => feedsFor(session, size)));
  for (let i = 0; i < runs; i++) await session.run(random.pick(feeds));
  const verdict = await isRight(session);
  return verdict.kind === 'ran' ? grown('runs') : verdict;
}

async function manySessions(): Promise<Verdict> {
  for (let i = 0; i < creations; i++) {
    const session = await open();
    const verdict = await isRight(session);
    await session.release();
    if (verdict.kind !== 'ran') return verdict;
  }
  return grown('creations');
}

async function manyAborts(seed: number): Promise<Verdict> {
  const random = new Random(seed);
  kept ??= open();
  const session = await kept;
  const { ModelError } = await unstride();
  for (let i = 0; i < aborts; i++) {
    const controller = new AbortController();
    const delay = random.int(0, 3);
    if (delay === 0) controller.abort(new Error('soak'));
    else setTimeout(() => controller.abort(new Error('soak')), delay);
    try {
      // Sizes that are new now and then, so that compilation is aborted too.
      await session.run(await feedsFor(session, random.int(4, 24)), { signal: controller.signal });
    } catch (error) {
      if (!(error instanceof ModelError) || error.diagnostics[0]?.code !== 'US2008') throw error;
    }
    const verdict = await isRight(session);
    if (verdict.kind !== 'ran') return verdict;
  }
  return grown('aborts');
}

/** Milliseconds within which a run has to end whose worker died. */
const mostWait = 20_000;

let keptInWorker: Promise<Session> | undefined;

async function manyKills(seed: number): Promise<Verdict> {
  const random = new Random(seed);
  const started = watchWorkers();
  keptInWorker ??= open({ worker: true });
  const session = await keptInWorker;
  const { ModelError } = await unstride();
  for (let i = 0; i < kills; i++) {
    const worker = started.at(-1);
    if (worker === undefined) return { kind: 'damage', text: 'the session has no worker' };
    const run = session.run(await feedsFor(session, random.int(4, 16))).then(
      () => 'ended',
      (error: unknown) =>
        error instanceof ModelError && error.diagnostics[0]?.code === 'US2012' ? 'refused' : `threw ${error}`,
    );
    if (random.chance(0.5)) await new Promise((resolve) => setTimeout(resolve, random.int(0, 3)));
    await worker.terminate();
    started.length = 0;
    const ended = await Promise.race([run, waited(mostWait)]);
    if (ended === 'has not ended') return { kind: 'hang', text: `a run whose worker was ended, after ${mostWait} ms` };
    if (ended !== 'ended' && ended !== 'refused')
      return { kind: 'damage', text: `a run whose worker was ended ${ended}` };
    // The same session has another worker.
    const after = await isRight(session);
    if (after.kind !== 'ran') return after;
  }
  return grown('workers');
}

function waited(milliseconds: number): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, 'has not ended').unref());
}

const runs = 1000;
const creations = 50;
const aborts = 20;
const kills = 10;

export const sessionParts: readonly Part[] = [
  { name: 'runs', share: 2, batch: 1000, portion: 1, steps: { count: runs, of: 'runs of one session' }, run: manyRuns },
  {
    name: 'creations',
    share: 2,
    batch: 1000,
    portion: 1,
    steps: { count: creations, of: 'sessions' },
    run: manySessions,
  },
  { name: 'aborts', share: 1, batch: 1000, portion: 1, steps: { count: aborts, of: 'aborted runs' }, run: manyAborts },
  { name: 'workers', share: 1, batch: 1000, portion: 1, steps: { count: kills, of: 'killed workers' }, run: manyKills },
];
