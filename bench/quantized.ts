/**
 * A U-Net of 32 to 256 channels whose tensors are marked with QuantizeLinear and DequantizeLinear, beside onnxruntime-node and
 * beside its float32 twin in our engine, in turns in one process, one thread.
 *
 *     cd bench && npm ci --ignore-scripts && npm run quantized -- [--size 512] [--seconds 10] [--tier wide]
 *
 * Printed are medians, and the time of the others by ours: above 1 ours is faster. `wide` wants Node 24 or newer.
 */
import { parseArgs } from 'node:util';
import * as native from 'onnxruntime-node';
import { InferenceSession, Tensor } from '../src/index.js';
import { outputScale, quantizedUnet } from './quantized-unet.js';
import { median } from './statistics.js';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '512' },
    seconds: { type: 'string', default: '10' },
    tier: { type: 'string', default: 'wide' },
  },
});
const size = Number(values.size);
const dims = [1, 3, size, size];
const picture = Float32Array.from({ length: 3 * size * size }, (_, i) => 2 * Math.sin(i * 0.37));
const tier = values.tier as 'wide';
const [marked, plain] = [true, false].map((isMarked) => quantizedUnet({ size, isMarked }));

async function ours(model: Uint8Array) {
  const session = await InferenceSession.create(model, { tier, threads: 1 });
  const feeds = { image: new Tensor('float32', picture, dims) };
  return async () => (await session.run(feeds, { outputsAsViews: true }))['map']!.data as Float32Array;
}

async function theirs(model: Uint8Array) {
  const session = await native.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const feeds = { image: new native.Tensor('float32', picture, dims) };
  return async () => (await session.run(feeds))['map']!.data as Float32Array;
}

const sides = [
  { name: 'bytes', run: await ours(marked!), times: [] as number[] },
  { name: 'float32', run: await ours(plain!), times: [] as number[] },
  { name: 'onnxruntime', run: await theirs(marked!), times: [] as number[] },
] as const;

const [own, , other] = [await sides[0].run(), await sides[1].run(), await sides[2].run()];
/** In steps of the output: it flips where onnxruntime rounds the float32 sums of its ConvTranspose. */
const steps = own.map((value, i) => Math.round(Math.abs(value - other[i]!) / outputScale));
const differing = steps.reduce((count, step) => count + (step === 0 ? 0 : 1), 0);
// Code is optimized meanwhile.
const begin = performance.now();
while (performance.now() - begin < 3000) for (const { run } of sides) await run();
const start = performance.now();
while (performance.now() - start < Number(values.seconds) * 1000) {
  for (const { run, times } of sides) {
    const from = performance.now();
    await run();
    times.push(performance.now() - from);
  }
}
const [bytes, ...others] = sides.map(({ name, times }) => ({ name, time: median(times) }));
console.log(`U-Net at ${size}², Node ${process.version}, ${tier}: bytes ${bytes!.time.toFixed(1)} ms`);
for (const { name, time } of others)
  console.log(`  ${name.padEnd(12)} ${time.toFixed(1).padStart(7)} ms   ${(time / bytes!.time).toFixed(2)}`);
const share = ((100 * differing) / own.length).toFixed(2);
const largest = steps.reduce((most, step) => Math.max(most, step), 0);
console.log(`  ${share} % of the outputs are not onnxruntime's, by ${largest} of 256 steps at most`);
process.exit();
