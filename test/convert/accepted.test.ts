/** Fixtures in other operator sets have the nodes that onnx.checker and onnxruntime accepted (fixtures/export/sets.py). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { convertModel } from '../../src/convert/convert-model.js';
import { infer } from '../../src/infer/infer.js';
import { withoutLeftovers } from '../../src/rules/fixes/leftovers.js';
import { openModel } from '../../src/runtime/open.js';

type Judged = { readonly operators: Readonly<Record<string, number>> } | { readonly refused: readonly string[] };

const fixtures = path.join(import.meta.dirname, '..', '..', 'fixtures');
const { accepted } = JSON.parse(readFileSync(path.join(fixtures, 'sets', 'accepted.json'), 'utf8')) as {
  readonly accepted: readonly { readonly fixture: string; readonly sets: Readonly<Record<string, Judged>> }[];
};

describe('fixtures in the operator sets that others accepted', () => {
  it.each(accepted)('$fixture', async ({ fixture, sets }) => {
    const { model } = await openModel(path.join(fixtures, fixture, 'model.onnx'));
    const inference = infer(model.graph);
    const judged = Object.keys(sets).map((opset): [string, Judged] => {
      const { model: converted, refused } = convertModel(model, Number(opset), inference);
      if (refused.length > 0) return [opset, { refused: [...new Set(refused.map(({ node }) => node.opType))].sort() }];
      const counts = new Map<string, number>();
      const { nodes } = withoutLeftovers(converted, model).graph;
      for (const { opType } of nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
      return [opset, { operators: Object.fromEntries(counts) }];
    });
    expect(Object.fromEntries(judged)).toEqual(sets);
  });
});
