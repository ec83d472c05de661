/** What is left of real exports after the passes. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile.js';
import { verify } from '../../src/ir/verify.js';
import { openModel } from '../../src/runtime/open.js';
import { isAbsent, realModels, titleFor } from '../support/shared-data.js';

describe.skipIf(isAbsent(realModels))(titleFor('real models', realModels), () => {
  it.each([
    ['gtcrn', { LayerNormalization: 4 }, ['Div']],
    ['ulunas', { LayerNormalization: 4, PRelu: 17 }, ['Where', 'Greater']],
    ['ppocr-v3-det', { HardSwish: 20 }, ['Clip', 'Div', 'BatchNormalization']],
    ['selfie-landscape', { HardSwish: 11 }, ['Clip']],
  ])('%s has fewer nodes', async (name, made, gone) => {
    const { model } = await openModel(path.join(realModels, name, 'model.onnx'));
    const { graph } = compile(model);
    expect(verify(graph)).toEqual([]);
    expect(graph.nodes.length).toBeLessThan(model.graph.nodes.length);
    const counts = new Map<string, number>();
    for (const { opType } of graph.nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toMatchObject(made);
    for (const op of gone) expect(counts.get(op)).toBeUndefined();
  });
});
