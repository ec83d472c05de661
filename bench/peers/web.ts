/** onnxruntime-web: its WebAssembly back end, in Node or in a browser. */
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import type { Feed, Peer } from './peer.js';

function tensorOf({ type, data, dims }: Feed): Tensor {
  return type === 'int64'
    ? new Tensor('int64', data as BigInt64Array, dims)
    : new Tensor('float32', data as Float32Array, dims);
}

export const web: Peer = {
  async open(subject, feeds, { threads, assets, read }) {
    env.wasm.numThreads = threads;
    env.wasm.proxy = false;
    env.logLevel = 'error';
    if (assets !== undefined) env.wasm.wasmPaths = assets;
    const externalData = await Promise.all(
      subject.external.map(async ({ location, path }) => ({ path: location, data: await read(path) })),
    );
    const session = await InferenceSession.create(await read(subject.model), {
      executionProviders: ['wasm'],
      executionMode: 'sequential',
      logSeverityLevel: 3,
      ...(externalData.length > 0 ? { externalData } : {}),
    });
    const tensors = Object.fromEntries(feeds.map((feed) => [feed.name, tensorOf(feed)]));
    return {
      run: async () => (await session.run(tensors)) as Record<string, Tensor & { data: Float32Array }>,
      close: () => session.release(),
    };
  },
};
