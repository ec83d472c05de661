/** Parts whose trials have faults on purpose: what a soak has to notice. No soak goes through them by default. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Part, Verdict } from './part.js';

function sample(name: string, fault: () => Promise<Verdict> | Verdict): Part {
  // One in many, so that what comes after it is tried as well.
  return {
    name,
    share: 0,
    batch: 1000,
    portion: 10,
    run: async (seed) => (seed % 10 === 7 ? fault() : { kind: 'ran' }),
  };
}

export const sampleParts: readonly Part[] = [
  sample('throws', () => {
    throw new TypeError('thrown by a sample');
  }),
  sample('hangs', async () => {
    await wait(2 ** 30);
    return { kind: 'ran' };
  }),
  sample('dies', () => process.exit(5)),
  sample('takes memory', () => {
    const bytes = new Uint8Array(400 * 2 ** 20).fill(1);
    return { kind: bytes.at(-1) === 1 ? 'ran' : 'refused' };
  }),
];
