import { readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'vitest';
import { readNpy } from '../../src/files/npy.js';
import { openModel } from '../../src/runtime/open.js';
import { largestMagnitude } from '../support/compare.js';
import { runLowered } from './support.js';
it.each(['gtcrn', 'ulunas', 'fns-candy'])('%s', async (f) => {
  const root = '/work/shared/models/real';
  const { model } = await openModel(path.join(root, f, 'model.onnx'));
  const meta = JSON.parse(readFileSync(path.join(root, f, 'meta.json'), 'utf8'));
  const read = (i: any) => readNpy(readFileSync(path.join(root, f, i.file)));
  const run = runLowered(model, new Map(meta.inputs.map((i: any) => [i.name, read(i)])) as any);
  for (const o of meta.outputs) console.log(f, o.name, largestMagnitude(1e-7)(run.outputs.get(o.name)!, read(o)));
}, 300000);
