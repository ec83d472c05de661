/**
 * The WebAssembly back end of TensorFlow.js: one layer at a time, channels last as it has them. Its input is uploaded and
 * its output read back each run, as a program does whose data come from elsewhere.
 */
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { Layer } from '../cases.js';
import { layerBias, layerWeights, outputSize } from '../layers.js';
import { type Feed, type Outputs, type Peer, Skip } from './peer.js';

/** From [outer, channels, rest] to [outer, rest, channels], or back with `rest` for `channels`. */
function swapLast(data: ArrayLike<number>, outer: number, channels: number, rest: number): Float32Array {
  const swapped = new Float32Array(outer * channels * rest);
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < channels; c++) {
      for (let r = 0; r < rest; r++) {
        swapped[(o * rest + r) * channels + c] = data[(o * channels + c) * rest + r]!;
      }
    }
  }
  return swapped;
}

function filterOf(layer: Layer): tf.Tensor4D {
  const { op, from, to, kernel } = layer;
  const [outer, inner] = op === 'Conv' ? [to, from] : [from, to];
  // [outer, inner, k, k] → [k, k, inner, outer]: what both of its convolutions want.
  const data = swapLast(layerWeights(layer), 1, outer, inner * kernel * kernel);
  const ordered = new Float32Array(data.length);
  for (let i = 0; i < inner; i++) {
    for (let tap = 0; tap < kernel * kernel; tap++) {
      for (let o = 0; o < outer; o++)
        ordered[(tap * inner + i) * outer + o] = data[(i * kernel * kernel + tap) * outer + o]!;
    }
  }
  return tf.tensor4d(ordered, [kernel, kernel, inner, outer]);
}

export const tfjs: Peer = {
  async open(subject, feeds, { threads }) {
    const { layer } = subject;
    if (layer === undefined) throw new Skip('tfjs reads no ONNX: layers only');
    if (threads !== 1) throw new Skip('tfjs has one thread in Node');
    await tf.setBackend('wasm');
    const { op, to, stride = 1, pad = 0, size, from } = layer;
    const filter = filterOf(layer);
    const bias = tf.tensor1d(layerBias(layer));
    const edge = outputSize(layer);
    const [feed] = feeds as [Feed];
    const input = swapLast(feed.data as Float32Array, 1, from, size * size);
    const compute = (): tf.Tensor4D =>
      tf.tidy(() => {
        const x = tf.tensor4d(input, [1, size, size, from]);
        const product =
          op === 'Conv'
            ? tf.conv2d(x, filter, stride, pad, 'NHWC', 1, 'floor')
            : tf.conv2dTranspose(x, filter, [1, edge, edge, to], stride, pad, 'floor');
        return tf.add(product, bias);
      });
    return {
      run: async (): Promise<Outputs> => {
        const result = compute();
        const data = await result.data();
        result.dispose();
        return {
          '': {
            dims: [1, to, edge, edge],
            get data() {
              return swapLast(data as Float32Array, 1, edge * edge, to);
            },
          },
        };
      },
      close: async () => {
        filter.dispose();
        bias.dispose();
      },
    };
  },
};
