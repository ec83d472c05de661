/** Sessions and executors that are dropped without disposal: their threads end when they are collected. */
import { expect, it } from 'vitest';
import { useChildScript } from '../support/child-script.js';
import { modelBytes, nodeProto } from '../support/model.js';

const doubling = modelBytes({ inputs: { x: ['N'] }, outputs: { y: ['N'] }, nodes: [nodeProto('Add', 'x x', 'y')] });

const script = useChildScript(
  {
    'src/runtime/executor.ts': 'Executor',
    'src/runtime/inference-session.ts': 'InferenceSession',
    'src/runtime/tensor/tensor.ts': 'Tensor',
    'src/ir/tensor.ts': 'float32',
    'test/codegen/plans.ts': 'exchangePlan',
  },
  `
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';

let started = 0;
let ended = 0;
const Worker = threads.Worker;
threads.Worker = class extends Worker {
  constructor(...args) {
    super(...args);
    started++;
    this.on('exit', () => ended++);
  }
};
syncBuiltinESMExports();

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
async function collectUntil(isDone) {
  for (const begin = Date.now(); !isDone() && Date.now() - begin < 40_000; ) {
    globalThis.gc();
    await pause();
  }
}

const bytes = Buffer.from('${Buffer.from(doubling).toString('base64')}', 'base64');
const x = new Tensor('float32', Float32Array.of(1, 2), [2]);
const open = () => InferenceSession.create(bytes, { threads: 2 });
const graph = { name: '', inputs: [], outputs: [], nodes: [], constants: new Map() };
const plan = exchangePlan({ half: 8192, rounds: 2 }, () => true);
const feed = float32([16384], new Float32Array(16384));

// A second run is what small models start threads for.
async function runTwice(options) {
  const session = await open();
  for (let run = 0; run < 2; run++) await session.run({ x }, options);
  await session.run({ x }, { profile: () => {} });
  return session;
}

const kept = await runTwice();
const program = await (await Executor.create({ tier: 'baseline', threads: 2 })).load(graph, plan);

async function drop() {
  await open();
  await runTwice();
  await runTwice({ profile: () => {} });
  await runTwice({ outputsAsViews: true, signal: new AbortController().signal });
  await (await runTwice()).run({ x }, { signal: AbortSignal.abort() }).catch(() => {});
  const executor = await Executor.create({ tier: 'baseline', threads: 3 });
  await (await executor.load(graph, plan)).run([feed]);
}
await drop();
console.log('started', started);
await collectUntil(() => ended >= started - 2);
// What is still in use is there, however long one waits.
for (let i = 0; i < 5; i++) {
  globalThis.gc();
  await pause();
}
console.log('left', started - ended);
console.log((await kept.run({ x })).y.data[1], (await program.run([feed]))[0].data[0]);
`,
);

it('are ended, and only they', async () => {
  const { stdout, stderr } = await script.run(['--expose-gc', script.file]);
  expect(stderr).toBe('');
  expect(stdout).toBe('started 8\nleft 2\n4 1\n');
});
