/** Sounds that a detector of speech takes for speech: vowels, as pulses of a voice through the resonances of a mouth. */
export const sampleRate = 16_000;

/** The first three resonances in Hz: a, e, i, o, u, about as men have them. */
const vowels = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [270, 2290, 3010],
  [570, 840, 2410],
  [300, 870, 2240],
] as const;

const syllable = sampleRate / 5;

/** A resonance of a Hz and 80 Hz of width, over samples in place. */
function resonate(samples: Float32Array, frequency: number): void {
  const decay = Math.exp((-Math.PI * 80) / sampleRate);
  const feedback = 2 * decay * Math.cos((2 * Math.PI * frequency) / sampleRate);
  let [last, before] = [0, 0];
  for (const [i, sample] of samples.entries()) {
    const next = (1 - decay) * sample + feedback * last - decay * decay * before;
    [before, last] = [last, next];
    samples[i] = next;
  }
}

/** One second of silence, two of vowels that change five times a second, and one and a half of silence; mono, 16 kHz. */
export function speech(): Float32Array {
  const voiced = new Float32Array(2 * sampleRate);
  let phase = 0;
  for (let start = 0, spoken = 0; start < voiced.length; start += syllable, spoken++) {
    const pulses = new Float32Array(syllable);
    for (let i = 0; i < syllable; i++) {
      // The voice falls and rises, from 105 to 155 Hz.
      phase += (130 + 25 * Math.sin((3 * (start + i)) / sampleRate)) / sampleRate;
      if (phase >= 1) phase -= 1;
      pulses[i] = 1 - 2 * phase;
    }
    for (const frequency of vowels[spoken % vowels.length] ?? []) resonate(pulses, frequency);
    for (const [i, pulse] of pulses.entries()) voiced[start + i] = pulse * Math.sin((Math.PI * i) / syllable);
  }
  const loudest = voiced.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const samples = new Float32Array(4.5 * sampleRate);
  samples.set(
    voiced.map((sample) => (0.5 * sample) / loudest),
    sampleRate,
  );
  return samples;
}
