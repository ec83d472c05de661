/** A network in every form that onnxruntime's quantizers and its optimizer write, against what onnxruntime computes. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile.js';
import { readNpz } from '../../src/files/npz.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { lower } from '../../src/lower/lower.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { openModel } from '../../src/runtime/open.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { tiers } from '../wasm/kernels/run-kernel.js';

const folder = path.join(import.meta.dirname, '..', '..', 'fixtures', 'quantized');
const stored = readNpz(readFileSync(path.join(folder, 'expected.npz')), () => true);
const forms = readdirSync(folder).flatMap((file) => (file.endsWith('.onnx') ? [path.basename(file, '.onnx')] : []));

const floatsOf = (tensor: Tensor) => Array.from(tensor.data as Float32Array);
const expectedOf = (name: string) => floatsOf(stored.get(name)!);

/** Of the scores, which lie between 0 and 1 in the types of activations. */
const step = (form: string) => (form.includes('u16') ? 2 ** -16 : 2 ** -8);

/**
 * The map is onnxruntime's to the bit where no float remains, with one optimization or none. Its softmax of integers reads a table,
 * and a Gemm in QDQ sums floats there without optimizations: a score may be a step away.
 */
function expectStored(form: string, [map, scores]: readonly number[][]): void {
  const isDynamic = form.startsWith('dynamic');
  for (const suffix of form.startsWith('qdq') && !form.endsWith('fused') ? ['', '/fused'] : ['']) {
    const wanted = expectedOf(`${form}/map${suffix}`);
    if (isDynamic) {
      const most = Math.max(...wanted.map(Math.abs));
      expect(map!.filter((value, i) => !(Math.abs(value - wanted[i]!) <= 3e-7 * most))).toEqual([]);
    } else expect(map).toEqual(wanted);
    const distances = expectedOf(`${form}/scores${suffix}`).map((value, i) => Math.abs(scores![i]! - value));
    expect(Math.max(...distances)).toBeLessThan(isDynamic ? 3e-7 : 1.01 * step(form));
  }
}

describe.each(forms)('%s', (form) => {
  const file = path.join(folder, `${form}.onnx`);

  it('is what onnxruntime computes, in every tier', async () => {
    for (const { tier } of tiers.filter(({ isMissing }) => !isMissing)) {
      const session = await InferenceSession.create(file, { tier, threads: tier === 'baseline' ? 2 : 1 });
      const results = await session.run({ image: stored.get('image')! });
      expectStored(
        form,
        ['map', 'scores'].map((name) => Array.from(results[name]!.data as Float32Array)),
      );
      await session.release();
    }
  });

  it.each(['fast', 'strict'] as const)('has no step that is left to a reference: %s', async (precision) => {
    const compiled = compile((await openModel(file)).model);
    const target = { tier: 'baseline', precision, threads: 1 } as const;
    for (const byteProducts of [undefined, 'pairs'] as const) {
      const { steps } = lower(compiled.graph, compiled, { ...target, byteProducts });
      expect(steps.flatMap((item) => (item.kind === 'reference' ? [item.reason] : []))).toEqual([]);
    }
  });

  it('is what the references compute', async () => {
    const { model } = await openModel(file);
    expectStored(form, execute(scheduleReferences(model.graph), [stored.get('image')!]).outputs.map(floatsOf));
  });
});
