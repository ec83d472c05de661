/** Clients in a page: @ricky0123/vad-web with every Silero that it comes with, and the first program for onnxruntime-web. */
import { NonRealTimeVAD } from '@ricky0123/vad-web';
import { Silero } from '@ricky0123/vad-web/dist/models';
import * as ort from 'onnxruntime-web';
import { type Answer, measure } from './answer.js';
import { offer, serveAssets } from './page.js';
import { sampleRate, speech } from './speech.js';

const frame = 512;

async function fetchBytes(url: string): Promise<ArrayBuffer> {
  return await (await fetch(url)).arrayBuffer();
}

/** The version that this package's own loop over a recording is for. */
function segments(): Promise<Answer> {
  return measure(
    () => NonRealTimeVAD.new({ modelURL: '/vad-web/silero_vad_legacy.onnx', ortConfig: serveAssets }),
    async (vad) => {
      const bounds: number[] = [];
      for await (const { start, end } of vad.run(speech(), sampleRate)) bounds.push(start, end);
      return { bounds };
    },
  );
}

/** The others, frame by frame as a microphone gives them: each frame reads the state that the one before it left. */
function frames(version: string): Promise<Answer> {
  serveAssets(ort);
  return measure(
    () => Silero.new(ort, () => fetchBytes(`/vad-web/silero_vad_${version}.onnx`)),
    async (model) => {
      model.reset_state();
      const samples = speech();
      const probabilities: number[] = [];
      for (let start = 0; start + frame <= samples.length; start += frame)
        probabilities.push((await model.process(samples.slice(start, start + frame))).isSpeech);
      return { probabilities };
    },
  );
}

function quickStart(): Promise<Answer> {
  serveAssets(ort);
  const counted = (count: number, factor: number) => Float32Array.from({ length: count }, (_, i) => factor * (i + 1));
  return measure(
    () => ort.InferenceSession.create('/models/product.onnx', { executionProviders: ['wasm'] }),
    async (session) => {
      const { c } = await session.run({
        a: new ort.Tensor('float32', counted(12, 1), [3, 4]),
        b: new ort.Tensor('float32', counted(12, 10), [4, 3]),
      });
      return { dims: c?.dims ?? [], c: [...((c?.data ?? []) as Float32Array)] };
    },
  );
}

offer({
  'quick start, web': quickStart,
  'vad-web, legacy': segments,
  'vad-web, v5': () => frames('v5'),
  'vad-web, v6': () => frames('v6'),
});
