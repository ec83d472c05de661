/**
 * The plans of the five architectures at full size, one image: which algorithms are chosen, where threads meet, what memory they
 * take. A change of the cost model or of the passes shows here.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile.js';
import { infer } from '../../src/infer/infer.js';
import { lower } from '../../src/lower/lower.js';
import { renderPlan } from '../../src/report/plan-text.js';
import { openModel } from '../../src/runtime/open.js';

const twins = path.join(import.meta.dirname, '..', '..', 'fixtures', 'twins');

const { twins: weights } = JSON.parse(readFileSync(path.join(twins, 'twins.json'), 'utf8')) as {
  readonly twins: readonly {
    readonly name: string;
    readonly weights: { readonly file: string; readonly bytes: number };
  }[];
};
const architectures = ['unet-256', 'fcn8s-vgg16-500', 'segnet-vgg16-360x480', 'vae-64', 'dcgan-64'];

describe.each([
  { tier: 'wide', precision: 'fast' },
  { tier: 'baseline', precision: 'strict' },
] as const)('plans for $tier, $precision', ({ tier, precision }) => {
  it.each(architectures)('%s', async (name) => {
    // The weights are not committed. Plans do not depend on them, but folding BatchNormalization reads its parameters.
    const { file, bytes } = weights.find((twin) => twin.name === name)!.weights;
    const externalData = { [file]: new Uint8Array(bytes) };
    const { model } = await openModel(path.join(twins, `${name}.onnx`), { externalData });
    const bindings = new Map([['N', 1]]);
    const { graph } = compile(model, { bindings });
    const plan = lower(graph, infer(graph, { bindings }), { tier, precision, threads: 2 });
    await expect(renderPlan(plan, graph)).toMatchFileSnapshot(`expected/${name}.${tier}.txt`);
  });
});
