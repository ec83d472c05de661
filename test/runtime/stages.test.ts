/** The stages as they are published. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CheckedModel, check, infer, openModel } from '../../src/index.js';

const file = path.join(import.meta.dirname, '..', '..', 'fixtures', 'unet', 'dynamo', 'model.onnx');
const { model, diagnostics: readDiagnostics } = await openModel(readFileSync(file));

describe('check', () => {
  it('gives the sizes that are legal, in words and as sets', () => {
    const { sizes, diagnostics, inference }: CheckedModel = check(model);
    expect(sizes.symbols.map(({ name, text }) => [name, text])).toEqual([
      ['N', 'any size'],
      ['H', 'multiple of 16'],
      ['W', 'multiple of 16'],
    ]);
    const height = sizes.symbols[1]!.set!;
    expect([560, 572, 576].map((size) => height.has(size))).toEqual([true, false, true]);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(inference.constraints).toEqual(infer(model.graph).constraints);
  });

  it('says of a size that is not what would mend it', () => {
    const options = { file: 'unet.onnx', bindings: new Map([['H', 572]]), readDiagnostics };
    const [error] = check(model, options).diagnostics.filter(({ severity }) => severity === 'error');
    expect(error).toMatchObject({ code: 'US1203', file: 'unet.onnx', node: { name: 'node_cat' } });
    expect(error!.remedies!.length).toBeGreaterThan(0);
  });
});
