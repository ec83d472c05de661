/** Ours, as measure.py measures the others: node measure-ours.mjs LIBRARY MODEL THREADS SECONDS DIMS. */
const [library, model, threads, seconds, dims] = process.argv.slice(2);
const { InferenceSession, Tensor } = await import(library);
const session = await InferenceSession.create(model, { threads: Number(threads), tier: 'wide' });
const shape = dims.split('x').map(Number);
const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * Math.random() - 1);
const feeds = { [session.inputNames[0]]: new Tensor('float32', data, shape) };

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
console.log(JSON.stringify({ version: process.version, milliseconds: times[times.length >> 1] }));
process.exit();
