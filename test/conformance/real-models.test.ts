/** Real models by others, against outputs of onnxruntime. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../src/files/npy.js';
import { infer } from '../../src/infer.js';
import { openModel } from '../../src/runtime/open.js';
import { runModel } from '../../src/runtime/run.js';
import { largestMagnitude } from '../support/compare.js';
import { isAbsent, realModels, titleFor } from '../support/shared-data.js';

interface Meta {
  readonly inputs: readonly { readonly name: string; readonly file: string }[];
  readonly outputs: readonly { readonly name: string; readonly file: string }[];
}

const names = existsSync(realModels) ? readdirSync(realModels) : [];
const compare = largestMagnitude(1e-3);

describe.skipIf(isAbsent(realModels))(titleFor('real models', realModels), () => {
  it.each(names)('%s: every value has a shape, outputs equal the reference', async (name) => {
    const folder = path.join(realModels, name);
    const meta = JSON.parse(readFileSync(path.join(folder, 'meta.json'), 'utf8')) as Meta;
    const tensorAt = (file: string) => readNpy(readFileSync(path.join(folder, file)));
    const { model } = await openModel(path.join(folder, 'model.onnx'));

    const { types, diagnostics } = infer(model.graph);
    expect(diagnostics.filter((item) => item.severity === 'error')).toEqual([]);
    for (const node of model.graph.nodes) {
      for (const output of node.outputs) {
        if (output !== undefined) expect(types.get(output)?.shape, `${node.name} ${output.name}`).toBeDefined();
      }
    }

    const feeds = new Map(meta.inputs.map((input) => [input.name, tensorAt(input.file)]));
    const { outputs } = runModel(model, feeds);
    for (const { name: output, file } of meta.outputs) {
      expect(compare(outputs.get(output)!, tensorAt(file)), output).toBeUndefined();
    }
  });
});
