/** Layers of the exported networks, explained: the numbers of the papers that they are from. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { explainLayers } from '../../src/explain/explain.js';
import type { LayerExplanation } from '../../src/explain/explanation.js';
import { infer } from '../../src/infer/infer.js';
import { openModel } from '../../src/runtime/open.js';

const root = path.join(import.meta.dirname, '..', '..');

async function layersOf(fixture: string, sizes: Readonly<Record<string, number>> = {}) {
  const { model } = await openModel(path.join(root, 'fixtures', fixture, 'model.onnx'));
  const { layers, unexplained } = explainLayers(
    model,
    infer(model.graph, { bindings: new Map(Object.entries(sizes)) }),
  );
  expect(unexplained).toEqual([]);
  return layers;
}

const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(
  JSON.parse(readFileSync(path.join(root, 'schemas', 'explain.schema.json'), 'utf8')) as Record<string, unknown>,
);

const formulas = (layers: readonly LayerExplanation[]) => layers.map(({ axes }) => axes[0]?.formula.filled);

describe('layers of the fixtures', () => {
  it('the U-Net: four poolings, four transposed convolutions, receptive fields of the picture', async () => {
    const layers = await layersOf('unet/torchscript');
    expect(layers.map(({ kind }) => kind)).toEqual([
      ...new Array<string>(4).fill('Window'),
      ...new Array<string>(4).fill('ConvTranspose'),
    ]);
    expect(formulas(layers)[0]).toBe('out = floor((64 + 2·0 − 2)/2) + 1 = 32');
    expect(formulas(layers)[4]).toBe('out = (4 − 1)·2 − 2·0 + 2 = 8');
    expect(layers[3]?.fields).toMatchObject([
      { input: 'image', reason: null, axes: [{ receptiveField: 76, stride: { numerator: 16, denominator: 1 } }, {}] },
    ]);
    // Four times as much is multiplied as written: three of four elements between the inputs are zeros.
    expect(layers[4]).toMatchObject({
      multiplications: { asWritten: 524288, executed: 131072 },
      overlap: { verdict: 'even' },
    });
  });

  it('FCN-8s with open sizes: symbols in every formula, and the sizes that it asks for otherwise', async () => {
    const open = await layersOf('fcn8s/torchscript');
    expect(formulas(open).at(-1)).toBe('out = (4*floor((H + 5)/32) + 10 − 1)·8 − 2·0 + 16 = 32*floor((H + 5)/32) + 88');
    expect(open.at(-1)?.fields).toMatchObject([{ reason: '/Slice (Slice) slices at bounds that are computed' }]);
    const fixed = await layersOf('fcn8s/torchscript', { N: 1, H: 64, W: 64 });
    expect(formulas(fixed).at(-1)).toBe('out = (18 − 1)·8 − 2·0 + 16 = 152');
    expect(fixed.at(-1)?.fields).toMatchObject([
      { reason: null, axes: [{ receptiveField: 468, stride: { numerator: 1, denominator: 1 } }, {}] },
    ]);
  });

  it('the VAE: output_padding, a kernel of 3 at stride 2, and the finding of check', async () => {
    const [, , first] = await layersOf('vae/torchscript');
    expect(first?.axes[0]?.formula).toEqual({
      general: 'out = (in − 1)·stride − 2·padding + kernel + output_padding',
      filled: 'out = (4 − 1)·2 − 2·1 + 3 + 1 = 8',
    });
    expect(first).toMatchObject({ kind: 'ConvTranspose', overlap: { verdict: 'checkerboard', code: 'US1411' } });
  });

  it('SegNet: indices of a pooling, and both ways to count', async () => {
    const layers = await layersOf('segnet/torchscript', { N: 1, H: 32, W: 32 });
    const unpool = layers.find(({ kind }) => kind === 'MaxUnpool');
    expect(unpool).toMatchObject({
      pool: { opType: 'MaxPool' },
      index: {
        tensor: { general: 'index = n·C·H·W + c·H·W + h·W + w' },
        plane: { general: 'index = h·W + w' },
      },
    });
  });

  it.each(['unet/keras', 'fcn8s/dynamo', 'segnet/odd-dynamo', 'vae/torchscript', 'dcgan/torchscript'])(
    'the document of %s is as its schema says',
    async (name) => {
      const layers = await layersOf(name);
      expect(layers.length).toBeGreaterThan(0);
      const document = { unstride: '1', ok: true, file: name, layers, unexplained: [], written: [], diagnostics: [] };
      expect(validate(JSON.parse(JSON.stringify(document))), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
      expect(validate({ ...document, layers: [{ ...layers[0], more: 1 }] })).toBe(false);
    },
  );
});
