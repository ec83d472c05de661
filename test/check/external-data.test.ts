/** Weights in other files: a check of shapes opens none of them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../src/check.js';
import { infer } from '../../src/infer/infer.js';
import type { ExternalFiles } from '../../src/onnx/external-data.js';
import { readModel } from '../../src/onnx/read.js';

const bytes = readFileSync(path.join(import.meta.dirname, '../../fixtures/unet/external-data/model.onnx'));

/** Files that are as long as anybody wants, and hold nothing. */
function closedFiles(): { readonly files: ExternalFiles; readonly read: number[] } {
  const read: number[] = [];
  return {
    read,
    files: {
      read(location, _offset, length) {
        if (length > 0) throw new Error(`${length} bytes of ${location} were read`);
        read.push(length);
        return new Uint8Array();
      },
    },
  };
}

describe('a model whose weights lie beside it', () => {
  it('is inferred without them', () => {
    const { files, read } = closedFiles();
    const { model } = readModel(bytes, { externalFiles: files });
    const { types, diagnostics } = infer(model.graph);
    expect(diagnostics).toEqual([]);
    expect(types.get(model.graph.outputs[0]!)!.shape!.map(String)).toEqual(['N', '1', 'H', 'W']);
    expect(read).toEqual([]);
  });

  it('is checked at sizes that fail by a look at how long the file is', () => {
    const { files, read } = closedFiles();
    const { model } = readModel(bytes, { externalFiles: files });
    const { diagnostics } = checkModel(model, { bindings: new Map([['H', 572]]) });
    expect(diagnostics.find(({ severity }) => severity === 'error')!.remedies!.length).toBeGreaterThan(0);
    expect(read).toEqual([0]);
  });
});
