/** Networks cut in two, the halves run one after the other: the whole's results, to the bit, from compiled kernels. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile.js';
import { readNpy } from '../../src/files/npy.js';
import { infer } from '../../src/infer/infer.js';
import type { Model } from '../../src/ir/graph.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { verify } from '../../src/ir/verify.js';
import { readModel } from '../../src/onnx/read.js';
import { modelBytes } from '../../src/onnx/write.js';
import { InferenceSession } from '../../src/runtime/inference-session.js';
import { openModel } from '../../src/runtime/open.js';
import { denseTensor } from '../../src/runtime/tensor/dense.js';
import { extractPart } from '../../src/split/extract.js';
import { fixtures, readFixture } from '../support/fixtures.js';
import { lightNames, openSmall } from '../support/real-models.js';
import { isAbsent, realModels, titleFor } from '../support/shared-data.js';

type Tensors = ReadonlyMap<string, Tensor>;

async function run(model: Model, feeds: Tensors): Promise<Tensors> {
  const session = await InferenceSession.create(model, { precision: 'strict', threads: 1, tier: 'baseline', seed: 1 });
  try {
    const own = new Map(session.inputNames.map((name) => [name, feeds.get(name)!]));
    const outputs = await session.run(own);
    return new Map(session.outputNames.map((name) => [name, denseTensor(outputs[name], name)]));
  } finally {
    await session.release();
  }
}

/** What is folded into a product before it, and is rounded otherwise when it is cut off. */
const folded = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'BatchNormalization', 'Mul', 'Add', 'Sub', 'Div']);

/** Pictures, or other data of several axes, that what is compiled still has; by a share of the way through the network. */
function placeAt(model: Model, share: number): string {
  const { types } = infer(model.graph);
  const left = new Set(compile(model).graph.nodes.flatMap(({ outputs }) => outputs));
  const places = model.graph.nodes
    .filter(({ opType }) => !folded.has(opType))
    .flatMap(({ outputs }) => outputs.filter((value) => value !== undefined && left.has(value)))
    .filter((value) => {
      const type = types.get(value!);
      return (type?.elementType === 'float32' || type?.elementType === 'float16') && (type.shape?.length ?? 0) > 2;
    });
  return places[Math.floor(places.length * share)]!.name;
}

async function expectHalves(model: Model, feeds: Tensors, whole: Tensors, place: string): Promise<void> {
  const second = extractPart(model, { from: [place], auto: true });
  const inputs = new Set(model.graph.inputs);
  const crossing = second.from.filter((value) => !inputs.has(value)).map(({ name }) => name);
  const first = extractPart(model, { to: crossing });
  for (const part of [first, second]) expect(verify(part.model.graph)).toEqual([]);
  const values = new Map([...feeds, ...(await run(first.model, feeds))]);
  expectSameBits(await run(second.model, values), whole);
  // What is written is that part as well.
  const written = readModel(modelBytes(second.model, { weights: 'inline', types: second.inference.types })).model;
  expect(written.graph.inputs.map(({ name }) => name)).toEqual(second.model.graph.inputs.map(({ name }) => name));
  expect(errorsOf(written)).toEqual([]);
  const again = extractPart(written, { from: second.from.map(({ name }) => name) });
  expect(again.model).toBe(written);
}

function errorsOf({ graph }: Model): string[] {
  return infer(graph).diagnostics.flatMap(({ severity, message }) => (severity === 'error' ? [message] : []));
}

function expectSameBits(results: Tensors, whole: Tensors): void {
  for (const [name, { type, dims, data }] of whole) {
    const result = results.get(name)!;
    expect([result.type, result.dims], name).toEqual([type, dims]);
    expect(result.data, name).toEqual(data);
  }
}

describe('fixtures', () => {
  it.each(fixtures.map((name, i) => [name, 0.15 + 0.7 * ((i * 0.37) % 1)] as const))('%s', async (name, share) => {
    const { folder, cases } = readFixture(name);
    const { model } = await openModel(path.join(folder, 'model.onnx'));
    const feeds = new Map(
      Object.entries(cases[0]!.inputs).map(([input, file]) => [input, readNpy(readFileSync(path.join(folder, file)))]),
    );
    const whole = await run(model, feeds);
    await expectHalves(model, feeds, whole, placeAt(model, share));
  });
});

describe.skipIf(isAbsent(realModels))(titleFor('real models', realModels), () => {
  it.each(lightNames)('%s', { timeout: 300_000 }, async (name) => {
    const { model, feeds } = await openSmall(name);
    const whole = await run(model, feeds);
    await expectHalves(model, feeds, whole, placeAt(model, 0.6));
  });
});
