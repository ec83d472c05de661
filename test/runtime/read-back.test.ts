/** A model is read back before it gets its place; what cannot be read, or is another model, replaces nothing. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Model } from '../../src/ir/graph.js';
import { writeModel } from '../../src/onnx/write.js';
import { openModel } from '../../src/runtime/open.js';
import { writeModelReadBack } from '../../src/runtime/write.js';
import { filled, modelOf } from '../rules/support.js';
import { GraphBuilder } from '../support/graph.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'unstride-read-back-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const place = (name: string) => path.join(folder, name);

function model(more: Partial<Model> = {}, size = 4): Model {
  const builder = new GraphBuilder(18);
  const x = builder.input('x', [size]);
  return modelOf(builder.graph(builder.add('Add', [x, builder.constant(filled([size]))])), more);
}

describe('a model that is read back', () => {
  it('is given to who accepts it, before it has its place', async () => {
    writeFileSync(place('m.onnx'), 'old');
    const seen: string[] = [];
    await writeModelReadBack(model(), place('m.onnx'), {}, (written) => {
      seen.push(...written.model.graph.nodes.map(({ opType }) => opType), readFileSync(place('m.onnx'), 'utf8'));
    });
    expect(seen).toEqual(['Add', 'old']);
    expect((await openModel(place('m.onnx'))).model.graph.nodes).toHaveLength(1);
  });

  it('replaces nothing if it is not accepted', async () => {
    writeFileSync(place('m.onnx'), 'old');
    const refusal = writeModelReadBack(model(), place('m.onnx'), {}, () => {
      throw new RangeError('not this one');
    });
    await expect(refusal).rejects.toThrow('not this one');
    expect([readdirSync(folder), readFileSync(place('m.onnx'), 'utf8')]).toEqual([['m.onnx'], 'old']);
  });

  it('replaces nothing if it cannot be read', async () => {
    writeFileSync(place('m.onnx'), 'old');
    const unreadable = model({ opsets: new Map([['', 999]]) });
    const refusal = writeModelReadBack(unreadable, place('m.onnx'), { types: new Map() }, () => {});
    await expect(refusal).rejects.toMatchObject({ diagnostics: [{ code: 'US1011', file: place('m.onnx') }] });
    expect([readdirSync(folder), readFileSync(place('m.onnx'), 'utf8')]).toEqual([['m.onnx'], 'old']);
  });

  it('is read with weights that have no place yet', async () => {
    const written = writeModel(model({}, 1024), { weights: { location: 'w.bin' } });
    writeFileSync(place('m.onnx'), Buffer.concat([...written.model.chunks()]));
    writeFileSync(place('w.bin'), Buffer.concat([...written.weights!.chunks()]));
    const { model: external } = await openModel(place('m.onnx'));
    const sums: number[] = [];
    await writeModelReadBack(external, place('copy.onnx'), {}, ({ model: { graph } }) => {
      for (const constant of graph.constants.values()) sums.push(...Array.from(constant.load().data as Float32Array));
    });
    expect(sums).toEqual([...filled([1024]).data]);
    expect(readdirSync(folder).sort()).toEqual(['copy.onnx', 'copy.onnx.data', 'm.onnx', 'w.bin']);
  });
});
