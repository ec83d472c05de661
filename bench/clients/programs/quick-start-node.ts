/** The first program that one writes for onnxruntime-node: a session of a file, two tensors, their product. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { measure, print } from './answer.js';

const [file = ''] = process.argv.slice(2);
const counted = (count: number, factor: number) => Float32Array.from({ length: count }, (_, i) => factor * (i + 1));
print(
  await measure(
    () => InferenceSession.create(file),
    async (session) => {
      const feeds = {
        a: new Tensor('float32', counted(12, 1), [3, 4]),
        b: new Tensor('float32', counted(12, 10), [4, 3]),
      };
      const results = await session.run(feeds);
      const c = results['c'];
      return { dims: c?.dims ?? [], c: [...((c?.data ?? []) as Float32Array)] };
    },
  ),
);
