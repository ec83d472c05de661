/**
 * Single nodes of every operator with a lowering, in every version, with random legal attributes and shapes, for random
 * other operator sets: what is converted computes the same.
 */
import { describe, expect, it } from 'vitest';
import { convertModel } from '../../src/convert/convert-model.js';
import { ModelError } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import type { Graph } from '../../src/ir/graph.js';
import { verify } from '../../src/ir/verify.js';
import { opsets } from '../../src/onnx/opsets.js';
import {
  describeCase,
  differenceOf,
  graphOfCase,
  nodeCase,
  problemOf,
  runReference,
  versionsOfAll,
} from '../lower/nodes/node-case.js';
import { Random } from '../lower/nodes/random.js';
import { modelOf } from '../rules/support.js';

const count = Number(process.env['UNSTRIDE_SOAK_CONVERT'] ?? 800);
const firstSeed = Number(process.env['UNSTRIDE_SOAK_SEED'] ?? 1);

type Outcome =
  | { readonly kind: 'illegal' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'converted'; readonly difference: string | undefined };

/** The node for the operator set, and how its results differ. */
function outcomeOf(test: ReturnType<typeof nodeCase>, graph: Graph, opset: number): Outcome {
  if (problemOf(graph) !== undefined) return { kind: 'illegal' };
  let expected: ReturnType<typeof runReference>;
  try {
    expected = runReference(test, graph);
  } catch (error) {
    if (error instanceof ModelError) return { kind: 'illegal' };
    throw error;
  }
  const { model, refused } = convertModel(modelOf(graph), opset, infer(graph));
  if (refused[0] !== undefined) return { kind: 'refused', reason: refused[0].reason };
  // As the file would be read: each node is of the set that the model imports.
  const converted = { ...model.graph, nodes: model.graph.nodes.map((node) => ({ ...node, opset })) };
  const broken = verify(converted)[0] ?? problemOf(converted);
  if (broken !== undefined) return { kind: 'converted', difference: broken };
  const actual = runReference(test, converted);
  const difference = expected
    .map((tensor, i) => differenceOf(actual[i]!, tensor, test))
    .find((text) => text !== undefined);
  return { kind: 'converted', difference };
}

/** Those that some operator set has that is read. */
const versions = versionsOfAll.filter(
  ({ schema, version }) => (schema.versions[schema.versions.indexOf(version) + 1] ?? opsets.newest) > opsets.oldest,
);

describe('single nodes for another operator set', () => {
  it(`compute the same, ${count} of them`, () => {
    const wrong: string[] = [];
    const counts = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const seed = firstSeed + i;
      const { schema, version } = versions[i % versions.length]!;
      const test = nodeCase(schema, version, seed);
      const opset = new Random(seed).int(7, 27);
      const outcome = outcomeOf(test, graphOfCase(test), opset);
      counts.set(outcome.kind, (counts.get(outcome.kind) ?? 0) + 1);
      if (outcome.kind === 'converted' && outcome.difference !== undefined)
        wrong.push(`${describeCase(test)} for set ${opset}: ${outcome.difference}`);
    }
    expect(wrong).toEqual([]);
    expect(counts.get('converted')).toBeGreaterThan(count / 2);
  });
});
