/** Random legal nodes of every operator with a lowering, in every version, written for another operator set. */
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

export type Outcome =
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

/** The i-th operator and version of all, with a node and a set that the seed makes. */
export function inOtherSet(i: number, seed: number): Outcome & { readonly text: string } {
  const { schema, version } = versions[i % versions.length]!;
  const test = nodeCase(schema, version, seed);
  const opset = new Random(seed).int(7, 27);
  return { ...outcomeOf(test, graphOfCase(test), opset), text: `${describeCase(test)} for set ${opset}` };
}
