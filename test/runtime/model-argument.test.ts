/** What is given in place of a model is refused in words. */
import { describe, expect, it } from 'vitest';
import { check, compile, extract, findDecoder, runModel, splitModel } from '../../src/runtime/stages.js';
import { writeModel } from '../../src/runtime/write.js';

const others: readonly unknown[] = [undefined, null, 'model.onnx', {}, new Uint8Array(4)];
const takers: Readonly<Record<string, (model: never) => unknown>> = {
  check,
  compile,
  extract,
  findDecoder,
  splitModel,
  runModel: (model) => runModel(model, {}),
};

describe.each(Object.entries(takers))('%s', (_, take) => {
  it('refuses what is no model, and says what is one', () => {
    for (const other of others) expect(() => take(other as never)).toThrow('the model is what readModel or extract');
  });

  it('says where the model is in what openModel gives', () => {
    expect(() => take({ model: {}, diagnostics: [] } as never)).toThrow('const { model } = await openModel');
  });
});

describe('writeModel', () => {
  it('refuses what is no model, and what is no path', async () => {
    for (const other of others) {
      const written = writeModel(other as never, 'nowhere/model.onnx');
      await expect(written).rejects.toThrow('the model is what readModel or extract');
    }
    const model = { graph: {}, opsets: new Map() } as never;
    await expect(writeModel(model, undefined as never)).rejects.toThrow('the path has to be a string');
  });
});
