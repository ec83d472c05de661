/** The stages together: what is known of the graph that is lowered is what inference would say of it anew. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/compile.js';
import { readNpy } from '../src/files/npy.js';
import { infer } from '../src/infer/infer.js';
import type { Value } from '../src/ir/graph.js';
import { formatType } from '../src/ir/shape.js';
import type { Tensor } from '../src/ir/tensor.js';
import { bindFeeds } from '../src/runtime/feeds.js';
import { openModel } from '../src/runtime/open.js';
import { fixtures, readFixture } from './support/fixtures.js';
import { isAbsent, realModels, titleFor } from './support/shared-data.js';

/** The values whose types differ, as compiling leaves them and as inference finds them. */
async function differences(file: string, feeds: (inputs: readonly Value[]) => Map<string, Tensor>): Promise<string[]> {
  const { model } = await openModel(file);
  const { tensors, bindings } = bindFeeds(model.graph, feeds(model.graph.inputs));
  const inputShapes = new Map(model.graph.inputs.map((input, i) => [input.name, tensors[i]!.dims]));
  const { graph, types } = compile(model, { bindings, inputShapes });
  const inferred = infer(graph, { bindings, inputShapes }).types;
  const values = [...graph.inputs, ...graph.constants.keys(), ...graph.nodes.flatMap(({ outputs }) => outputs)];
  return values.flatMap((value) => {
    if (value === undefined) return [];
    const [kept, anew] = [formatType(types.get(value)), formatType(inferred.get(value))];
    return kept === anew ? [] : [`${value.name}: ${kept}, not ${anew}`];
  });
}

const read = (...place: readonly string[]) => readNpy(readFileSync(path.join(...place)));

describe('types after the passes', () => {
  it.each(fixtures)('%s', async (name) => {
    const { cases, folder } = readFixture(name);
    const inputs = Object.entries(cases[0]!.inputs);
    const feeds = () => new Map(inputs.map(([input, file]) => [input, read(folder, file)]));
    expect(await differences(path.join(folder, 'model.onnx'), feeds)).toEqual([]);
  });
});

describe.skipIf(isAbsent(realModels))(titleFor('types after the passes', realModels), () => {
  const names = existsSync(realModels) ? readdirSync(realModels) : [];
  it.each(names)('%s', async (name) => {
    const folder = path.join(realModels, name);
    const feeds = (inputs: readonly Value[]) =>
      new Map(inputs.map((input, i) => [input.name, read(folder, 'inputs', `${i}.npy`)]));
    expect(await differences(path.join(folder, 'model.onnx'), feeds)).toEqual([]);
  });
});
