/** Real models on the executor: the same bits for any number of threads. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../src/files/npy.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';

const folder = path.join(import.meta.dirname, '..', '..', '..', 'shared', 'models', 'real');
const names = existsSync(folder) ? readdirSync(folder) : [];
const isAbsent = names.length === 0;

describe('real models', () => {
  it.skipIf(isAbsent).each(isAbsent ? ['(skipped: ../shared/models/real is not there)'] : names)(
    '%s',
    async (name) => {
      const model = path.join(folder, name, 'model.onnx');
      const results: Record<string, Buffer>[] = [];
      for (const intraOpNumThreads of [1, 2, 3]) {
        const session = await InferenceSession.create(model, { intraOpNumThreads, tier: 'baseline' });
        const feeds = session.inputNames.map((input, i) => {
          const file = path.join(folder, name, 'inputs', `${i}.npy`);
          return [input, readNpy(readFileSync(file))] as const;
        });
        const outputs = await session.run(Object.fromEntries(feeds));
        const bytes = Object.entries(outputs).map(([output, { data }]) => {
          const { buffer, byteOffset, byteLength } = data as Float32Array;
          return [output, Buffer.from(buffer, byteOffset, byteLength)] as const;
        });
        results.push(Object.fromEntries(bytes));
        expect(session.notes).toEqual([]);
        await session.release();
      }
      for (const other of results.slice(1)) {
        for (const [output, bytes] of Object.entries(results[0]!)) {
          expect(bytes.equals(other[output]!), output).toBe(true);
        }
      }
    },
    120_000,
  );
});
