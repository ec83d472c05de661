/** The fixtures' networks as plans, against their frameworks' results. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../src/files/npy.js';
import { openModel } from '../../src/runtime/open.js';
import { largestMagnitude } from '../support/compare.js';
import { fixtures, readFixture } from '../support/fixtures.js';
import { runLowered } from './support.js';

describe.each(['fast', 'strict'] as const)('%s plans', (precision) => {
  describe.each(fixtures)('%s', (name) => {
    const { cases, folder, tolerance } = readFixture(name);
    it.each(cases)('$name', async ({ inputs, outputs }) => {
      const read = (file: string) => readNpy(readFileSync(path.join(folder, file)));
      const { model } = await openModel(path.join(folder, 'model.onnx'));
      const feeds = new Map(Object.entries(inputs).map(([input, file]) => [input, read(file)]));
      const run = runLowered(model, feeds, { precision });
      // Others draw numbers, or take what is largest.
      if (name.startsWith('unet/')) expect(run.plan.steps.filter(({ kind }) => kind === 'reference')).toEqual([]);
      for (const [output, file] of Object.entries(outputs)) {
        expect(largestMagnitude(tolerance)(run.outputs.get(output)!, read(file))).toBeUndefined();
      }
    });
  });
});
