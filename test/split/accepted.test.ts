/** The halves of fixtures are the bytes that onnx.checker and onnxruntime accepted (fixtures/export/parts.py). */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { infer } from '../../src/infer/infer.js';
import { openModel } from '../../src/runtime/open.js';
import { writeModel } from '../../src/runtime/write.js';
import { splitModel } from '../../src/split/decoders/split.js';

interface FileFacts {
  readonly bytes: number;
  readonly sha256: string;
}

interface Accepted {
  readonly fixture: string;
  readonly halves: Readonly<Record<'encoder' | 'decoder', { readonly model: FileFacts; readonly weights?: FileFacts }>>;
}

const fixtures = path.join(import.meta.dirname, '..', '..', 'fixtures');
const { accepted } = JSON.parse(readFileSync(path.join(fixtures, 'parts', 'accepted.json'), 'utf8')) as {
  readonly accepted: readonly Accepted[];
};

describe('halves that others accepted', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'unstride-parts-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(accepted)('$fixture', async ({ fixture, halves }) => {
    const { model } = await openModel(path.join(fixtures, fixture, 'model.onnx'));
    const split = splitModel(model);
    for (const half of ['encoder', 'decoder'] as const) {
      // The name of the file of weights is in the model.
      const file = path.join(folder, `half.${half}.onnx`);
      await writeModel(split[half], file, { types: infer(split[half].graph).types });
      const written = { model: factsOf(file), ...(existsSync(`${file}.data`) && { weights: factsOf(`${file}.data`) }) };
      expect(written, half).toEqual(halves[half]);
      rmSync(`${file}.data`, { force: true });
    }
  });
});

function factsOf(file: string): FileFacts {
  const bytes = readFileSync(file);
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
