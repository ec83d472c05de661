/** Ours, as measure.py measures the others: node measure-ours.mjs LIBRARY MODEL THREADS SECONDS FOLDER DIMS. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const [library, model, threads, seconds, folder, dims] = process.argv.slice(2);
const { InferenceSession, Tensor } = await import(library);
const session = await InferenceSession.create(model, { threads: Number(threads), tier: 'wide' });
const read = (name) => new Float32Array(Uint8Array.from(readFileSync(path.join(folder, name))).buffer);
const feeds = { [session.inputNames[0]]: new Tensor('float32', read('feed.bin'), dims.split('x').map(Number)) };

async function timed() {
  const start = performance.now();
  await session.run(feeds, { outputsAsViews: true });
  return performance.now() - start;
}

const warm = performance.now() + Math.max(1000, (1000 * Number(seconds)) / 3);
while (performance.now() < warm) {
  await timed();
  // Optimized code arrives between runs.
  await new Promise((resolve) => setTimeout(resolve, 0));
}
const times = [];
const end = performance.now() + 1000 * Number(seconds);
while (performance.now() < end || times.length < 5) times.push(await timed());
times.sort((a, b) => a - b);

const expected = read('expected.bin');
const result = (await session.run(feeds))[session.outputNames[0]].data;
const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const errors = expected.map((value, i) => Math.abs(result[i] - value) / largest);
const error = errors.reduce((most, value) => Math.max(most, value), 0);
const beyond = errors.filter((value) => !(value <= 1e-4)).length / errors.length;
console.log(JSON.stringify({ version: process.version, milliseconds: times[times.length >> 1], error, beyond }));
process.exit();
