/** Every ConvTranspose by its four steps, on all exported networks: the same results as by the definition. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../src/files/npy.js';
import { float32, zeros } from '../../src/ir/tensor.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { openModel } from '../../src/runtime/open.js';
import { runModel } from '../../src/runtime/run.js';
import { Tensor } from '../../src/runtime/tensor/tensor.js';
import { largestMagnitude } from '../support/compare.js';
import { diagnosticsOf } from '../support/errors.js';
import { fixtures, readFixture } from '../support/fixtures.js';
import { GraphBuilder } from '../support/graph.js';
import { modelOf } from '../support/layers.js';

describe('the four steps as written', () => {
  it.each(fixtures)('%s', async (name) => {
    const { folder, cases, tolerance } = readFixture(name);
    const [first] = cases;
    const { model } = await openModel(path.join(folder, 'model.onnx'));
    const feeds = new Map(
      Object.entries(first?.inputs ?? {}).map(([input, file]) => [
        input,
        readNpy(readFileSync(path.join(folder, file))),
      ]),
    );
    const stepped = runModel(model, feeds, { transposed: 'dilate-pad-convolve' }).outputs;
    for (const [output, file] of Object.entries(first?.outputs ?? {})) {
      const expected = readNpy(readFileSync(path.join(folder, file)));
      expect(largestMagnitude(tolerance)(stepped.get(output)!, expected), output).toBeUndefined();
    }
  });

  const grown = (stride: number, kernel = [1, 2]) => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 1, 1, 3]);
    const weights = builder.constant(
      float32(
        [1, 1, ...kernel],
        Float32Array.from({ length: kernel[1]! }, (_, i) => i + 1),
      ),
    );
    return modelOf(builder.graph(builder.add('ConvTranspose', [x, weights], { strides: [1, stride] })));
  };

  it('run in a session of that name, and are written in its report', async () => {
    const session = await InferenceSession.create(grown(2), { executor: 'dilate-pad-convolve' });
    const [output] = Object.values(await session.run({ x: new Tensor('float32', [1, 2, 3], [1, 1, 1, 3]) }));
    expect(output).toMatchObject({ dims: [1, 1, 1, 6], data: Float32Array.of(1, 2, 2, 4, 3, 6) });
    await session.release();
  });

  it('really pad and multiply zeros: they take memory that the definition does not', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 64, 1, 3]);
    const attributes = { dilations: [1, 4000], pads: [0, 4000, 0, 4000] };
    const y = builder.add('ConvTranspose', [x, builder.constant(zeros('float32', [64, 1, 1, 3]))], attributes);
    const model = modelOf(builder.graph(y));
    const run = (transposed: 'scatter' | 'dilate-pad-convolve') =>
      runModel(model, new Map([['x', zeros('float32', [1, 64, 1, 3])]]), { transposed, memoryLimit: 1e6 });
    expect([...run('scatter').outputs.values()][0]?.dims).toEqual([1, 1, 1, 3]);
    expect(diagnosticsOf(() => run('dilate-pad-convolve'))).toMatchObject([{ code: 'US2011' }]);
  });
});
