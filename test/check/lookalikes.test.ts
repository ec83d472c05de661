/** Networks with the size arithmetic of well-known ones: what is said of their sizes, and PyTorch's results at two of them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../src/check.js';
import { readNpz } from '../../src/files/npz.js';
import { infer } from '../../src/infer/infer.js';
import { formatShape } from '../../src/ir/shape.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { openModel } from '../../src/runtime/open.js';
import { runModel } from '../../src/runtime/run.js';
import { denseTensor, tensorOf } from '../../src/runtime/tensor/dense.js';
import { isLegal } from '../../src/solve/legal-sizes.js';
import { largestMagnitude } from '../support/compare.js';

const folder = path.join(import.meta.dirname, '..', '..', 'fixtures', 'lookalikes');

const { lookalikes, tolerance, largest, beside } = JSON.parse(
  readFileSync(path.join(folder, 'lookalikes.json'), 'utf8'),
) as {
  readonly tolerance: number;
  readonly largest: number;
  /** The width that heights were tried beside, and the height beside widths. */
  readonly beside: number;
  readonly lookalikes: readonly {
    readonly name: string;
    readonly cases: readonly string[];
    readonly legal: readonly number[];
  }[];
};

const tried = Array.from({ length: largest }, (_, i) => i + 1);

/** Of height and width, and the result. */
const expected: Readonly<Record<string, readonly [sizes: string, result: string]>> = {
  'swin-windows': ['multiple of 4', '[N, 8, H, W]'],
  'swin-windows-padded': ['any size', '[N, 8, H, W]'],
  // A patch of 2 leaves out the last of an odd size; the merging wants an even number of patches.
  'patch-merging': ['0 or 1 modulo 4, at least 4', '[N, 8, floor(H/4), floor(W/4)]'],
  'patch-merging-padded': ['at least 2', '[N, 8, floor(H/2) - floor(H/4), floor(W/2) - floor(W/4)]'],
  // Skips of a single row are broadcast to what a level gives back, which adds one.
  mednext: ['multiple of 4; also 1', '[N, 2, 4*floor((H + 3)/4), 4*floor((W + 3)/4)]'],
  // The convolution before halves and rounds up; patches want what is even.
  mobilevit: ['0 or 3 modulo 4', '[N, 8, floor((H + 1)/2), floor((W + 1)/2)]'],
  'mobilevit-resized': ['any size', '[N, 8, floor((H + 1)/2), floor((W + 1)/2)]'],
  swinunetr: ['multiple of 4', '[N, 4, H, W]'],
  'reflected-windows': ['any size', '[N, 2, 2*H, 2*W]'],
};

it('has an answer for each network', () => {
  expect(lookalikes.map(({ name }) => name)).toEqual(Object.keys(expected));
});

describe.each(lookalikes.flatMap((look) => ['torchscript', 'dynamo'].map((exporter) => ({ ...look, exporter }))))(
  '$name by $exporter',
  ({ name, exporter, cases, legal }) => {
    const open = async () => (await openModel(path.join(folder, `${name}.${exporter}.onnx`))).model;
    const [sizes, result] = expected[name]!;

    it('is said to take the sizes that it takes, and to give a result with the batch of the picture', async () => {
      const model = await open();
      const checked = checkModel(model);
      expect(checked.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(checked.sizes.symbols.map(({ name, text }) => `${name}: ${text}`)).toEqual([
        'N: any size',
        `H: ${sizes}`,
        `W: ${sizes}`,
      ]);
      expect(checked.sizes.relations).toEqual([]);
      const { types } = infer(model.graph);
      expect(formatShape(types.get(model.graph.outputs[0]!)!.shape!)).toBe(result);
    });

    it('asks for the sizes that PyTorch takes, and for no others', async () => {
      const { graph } = await open();
      const inference = infer(graph);
      const takes = (H: number, W: number) => isLegal(inference, new Map(Object.entries({ N: 2, H, W })));
      // Reflecting more than there is, is left to who runs it: see below.
      const wanted = name === 'reflected-windows' ? tried : legal;
      expect(tried.filter((H) => takes(H, beside))).toEqual(wanted);
      expect(tried.filter((W) => takes(beside, W))).toEqual(wanted);
    });

    it.each(cases)("gives PyTorch's numbers at %s", async (at) => {
      const arrays = readNpz(readFileSync(path.join(folder, `${name}.npz`)), (array) => array.startsWith(`${at}.`));
      const [image, wanted] = [arrays.get(`${at}.image`)!, arrays.get(`${at}.result`)!];
      const model = await open();
      const difference = largestMagnitude(tolerance);
      expect(difference(runModel(model, new Map([['image', image]])).outputs.get('result')!, wanted)).toBeUndefined();
      // Compiling is what takes time: each export at one of the sizes.
      if (at !== cases[exporter === 'dynamo' ? 0 : 1]) return;
      const session = await InferenceSession.create(path.join(folder, `${name}.${exporter}.onnx`), { threads: 1 });
      try {
        const { result } = await session.run({ image: tensorOf(image) });
        expect(difference(denseTensor(result, 'result'), wanted)).toBeUndefined();
      } finally {
        await session.release();
      }
    });
  },
);

it.each(['torchscript', 'dynamo'])('pads that reflect more than there is are found, by %s', async (exporter) => {
  const { model } = await openModel(path.join(folder, `reflected-windows.${exporter}.onnx`));
  const found = (code: string, bindings = new Map<string, number>()) =>
    checkModel(model, { bindings }).diagnostics.filter((item) => item.code === code);
  expect(found('US1713').map(({ data }) => data)).toMatchObject([
    { axes: [2, 3], sizes: ['H', 'W'], tooSmall: ['H = 1, 2', 'W = 1, 2'] },
  ]);
  const { legal } = lookalikes.find(({ name }) => name === 'reflected-windows')!;
  const takes = (H: number) => found('US1712', new Map(Object.entries({ N: 2, H, W: beside }))).length === 0;
  expect(tried.filter(takes)).toEqual(legal);
});
