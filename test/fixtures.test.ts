/** Every committed export gives what its framework gave. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../src/files/npy.js';
import { openModel } from '../src/runtime/open.js';
import { runModel } from '../src/runtime/run.js';
import { largestMagnitude } from './support/compare.js';
import { fixtures, readFixture } from './support/fixtures.js';

describe('exports of the five architectures', () => {
  for (const name of fixtures) {
    const { folder, cases, tolerance } = readFixture(name);
    it.each(cases)(`${name}, $name`, async ({ inputs, outputs }) => {
      const { model } = await openModel(path.join(folder, 'model.onnx'));
      const read = (file: string) => readNpy(readFileSync(path.join(folder, file)));
      const feeds = new Map(Object.entries(inputs).map(([input, file]) => [input, read(file)]));
      const result = runModel(model, feeds);
      for (const [output, file] of Object.entries(outputs)) {
        expect(largestMagnitude(tolerance)(result.outputs.get(output)!, read(file)), output).toBeUndefined();
      }
    });
  }

  it('are there, all architectures by both exporters', () => {
    for (const architecture of ['unet', 'fcn8s', 'segnet', 'vae', 'dcgan']) {
      expect(fixtures).toContain(`${architecture}/torchscript`);
      expect(fixtures).toContain(`${architecture}/dynamo`);
    }
    expect(fixtures).toContain('unet/keras');
    expect(fixtures).toContain('unet/external-data');
    expect(fixtures).toContain('unet/float16');
  });

  it('take no more than 15 MB together', () => {
    const root = path.join(import.meta.dirname, '..', 'fixtures');
    // Weights of the twins are made for measurements, and not committed.
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && !entry.name.endsWith('.weights'),
    );
    const bytes = files.reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
    expect(bytes).toBeLessThanOrEqual(15e6);
  });
});
