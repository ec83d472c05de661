/** Real models on the executor: the same bits for any number of threads. */
import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { lightNames, openSmall } from '../support/real-models.js';
import { isAbsent, realModels, titleFor } from '../support/shared-data.js';

describe.skipIf(isAbsent(realModels))(titleFor('real models', realModels), () => {
  it.each(lightNames)(
    '%s',
    async (name) => {
      const { model, feeds } = await openSmall(name);
      const results: Record<string, Buffer>[] = [];
      for (const intraOpNumThreads of [1, 2, 3]) {
        const session = await InferenceSession.create(model, { intraOpNumThreads, tier: 'baseline' });
        const outputs = await session.run(feeds);
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
