/** Parts whose trials have faults on purpose: what a soak has to notice. No soak goes through them by default. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { projectFolder } from '../../support/project-folder.js';
import { grown } from './growth.js';
import type { Part, Verdict } from './part.js';

const modelFile = path.join(projectFolder, 'fixtures', 'dcgan', 'torchscript', 'model.onnx');

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

const leak: Uint8Array[] = [];

/** Bytes that each trial keeps. */
const leaked = 5 * 2 ** 20;

const text = new TextDecoder('latin1');

/** Each trial is a model, and those with a Relu are a fault, so that one is made as small as a Relu is. */
const breaks: Part = {
  name: 'breaks',
  share: 0,
  batch: 1000,
  portion: 1,
  subjectOf: () => ({ kind: 'model', bytes: readFileSync(modelFile) }),
  tries: async ({ bytes }) =>
    text.decode(bytes).includes('Relu') ? { kind: 'internal error', text: 'a sample' } : { kind: 'ran' },
  run: async () => ({ kind: 'ran' }),
};

export const sampleParts: readonly Part[] = [
  breaks,
  {
    name: 'grows',
    share: 0,
    batch: 1000,
    portion: 10,
    steps: { count: 1, of: 'leaks' },
    run: async () => {
      leak.push(new Uint8Array(leaked).fill(1));
      return grown('grows');
    },
  },
  sample('disagrees', () => ({ kind: 'disagreement', text: '1 for 2' })),
  sample('damages', () => ({ kind: 'damage', text: 'half a file' })),
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
