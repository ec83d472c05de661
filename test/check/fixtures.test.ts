/** The exported networks, checked: nothing is lost on the way, and the legal sizes are those of the architectures. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../src/check.js';
import { infer } from '../../src/infer/infer.js';
import { type Graph, subgraphsOf, type Value } from '../../src/ir/graph.js';
import { openModel } from '../../src/runtime/open.js';
import { fixtures } from '../support/fixtures.js';

/** Of height and width; what is not listed has no open size but the batch. */
const spatial: Readonly<Record<string, string>> = {
  'fcn8s/dynamo': 'any size',
  'fcn8s/grouped-dynamo': 'any size',
  'fcn8s/torchscript': 'any size',
  'segnet/dynamo': 'multiple of 16',
  'segnet/odd-dynamo': 'at least 16; 8 to 15 only where windows may overhang (US1716)',
  'segnet/odd-torchscript': 'at least 16; 1 to 15 only where windows may overhang (US1716)',
  'unet/dynamo': 'multiple of 16',
  'unet/external-data': 'multiple of 16',
  'unet/float16': 'multiple of 16',
  'unet/keras': 'multiple of 16',
  'unet/odd-dynamo': 'at least 16',
  'unet/odd-torchscript': 'at least 16',
  'unet/valid-torchscript': 'at least 188',
};

async function open(name: string) {
  const { model } = await openModel(path.join(import.meta.dirname, '..', '..', 'fixtures', name, 'model.onnx'));
  return model;
}

function* valuesOf(graph: Graph): Iterable<Value> {
  yield* graph.inputs;
  yield* graph.constants.keys();
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output !== undefined) yield output;
    for (const { graph: inner } of subgraphsOf(node)) yield* valuesOf(inner);
  }
}

describe.each(fixtures)('%s', (name) => {
  it('has a shape and an element type for every value', async () => {
    const { graph } = await open(name);
    const { types } = infer(graph);
    const lost = [...valuesOf(graph)].filter((value) => {
      const type = types.get(value);
      return type?.shape === undefined || type.elementType === undefined;
    });
    expect(lost.map((value) => value.name)).toEqual([]);
  });

  it('is legal for the sizes of its architecture', async () => {
    const { sizes, diagnostics } = checkModel(await open(name));
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(sizes.relations).toEqual([]);
    const [batch, ...others] = sizes.symbols.map(({ text }) => text);
    if (batch !== undefined) expect(batch).toBe('any size');
    expect(others).toEqual(spatial[name] === undefined ? [] : [spatial[name], spatial[name]]);
  });
});
