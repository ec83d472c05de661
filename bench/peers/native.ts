/** onnxruntime-node: native code. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Feed, Peer } from './peer.js';

function tensorOf({ type, data, dims }: Feed): Tensor {
  return type === 'int64'
    ? new Tensor('int64', data as BigInt64Array, dims)
    : new Tensor('float32', data as Float32Array, dims);
}

export const native: Peer = {
  async open(subject, feeds, { threads }) {
    const session = await InferenceSession.create(subject.model, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
    });
    const tensors = Object.fromEntries(feeds.map((feed) => [feed.name, tensorOf(feed)]));
    return {
      run: async () => (await session.run(tensors)) as Record<string, Tensor & { data: Float32Array }>,
      close: () => session.release(),
    };
  },
};
