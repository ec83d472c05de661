/**
 * The U-Net of float16 beside its float32 twin, in turns in one process: the twin's time by that of float16, which is to be
 * 0.9 at least.
 *
 *     cd bench && npm ci && npm run float16
 */
import path from 'node:path';
import { InferenceSession, Tensor } from '../src/index.js';
import { median } from './statistics.js';

const fixtures = path.join(import.meta.dirname, '..', 'fixtures', 'unet');
const names = ['dynamo', 'float16'] as const;

console.log('   size  float32 ms  float16 ms   ratio');
for (const size of [64, 128, 256]) {
  const dims = [1, 1, size, size];
  const sides = [];
  for (const name of names) {
    const session = await InferenceSession.create(path.join(fixtures, name, 'model.onnx'), { threads: 1 });
    const image =
      name === 'float16'
        ? new Tensor('float16', new Uint16Array(size * size).fill(0x3800), dims)
        : new Tensor('float32', new Float32Array(size * size).fill(0.5), dims);
    sides.push({ session, image, times: [] as number[] });
  }
  const rounds = Math.ceil(400_000 / (size * size)) * 20;
  for (let round = 0; round < rounds; round++) {
    for (const { session, image, times } of sides) {
      const start = performance.now();
      await session.run({ image });
      // The first rounds are those in which the engine still compiles.
      if (round >= rounds / 4) times.push(performance.now() - start);
    }
  }
  const [float32, float16] = sides.map(({ times }) => median(times));
  const columns = [String(size), float32!.toFixed(2), float16!.toFixed(2), (float32! / float16!).toFixed(3)];
  console.log(columns.map((column, i) => column.padStart([7, 11, 11, 7][i]!)).join(' '));
  for (const { session } of sides) await session.release();
}
