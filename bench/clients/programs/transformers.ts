/**
 * @huggingface/transformers computes embeddings of sentences with the network in the folder that it is given; with `symbol`
 * it finds its engine where it looks for one before it takes its own, and knows no devices then.
 */
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { measure, print } from './answer.js';

const [folder = '', way] = process.argv.slice(2);
if (way === 'symbol') Object.assign(globalThis, { [Symbol.for('onnxruntime')]: ort });
const { env, pipeline } = await import('@huggingface/transformers');
env.allowRemoteModels = false;
env.localModelPath = `${path.dirname(folder)}${path.sep}`;
const options = { dtype: 'fp32', ...(way === 'symbol' ? { device: 'auto' } : {}) };
const sentences = ['The model proves the shapes.', 'A large picture has small cells, pixels.', 'Is the graph small?'];
print(
  await measure(
    () => pipeline('feature-extraction', path.basename(folder), options),
    async (extract) => {
      const { dims, data } = await extract(sentences, { pooling: 'mean', normalize: true });
      return { dims, embeddings: [...data] };
    },
  ),
);
