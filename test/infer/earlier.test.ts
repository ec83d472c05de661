import { expect, it } from 'vitest';
import { type Inference, infer, inferSteps } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import type { Graph } from '../../src/ir/graph.js';
import { GraphEditor } from '../../src/ir/graph-editor.js';
import { int64 } from '../../src/ir/tensor.js';
import { finish } from '../../src/limits/steps.js';
import { GraphBuilder } from '../support/graph.js';

/** A graph whose first node, of two that are the same, a pass takes away, with what was known of it. */
function edited(sizes: { readonly inputShapes?: ReadonlyMap<string, readonly number[]> } = {}) {
  const builder = new GraphBuilder(18);
  const x = builder.input('x', [symbol('N'), 4]);
  const first = builder.add('Identity', [x]);
  const wide = builder.add('Relu', [first]);
  const target = builder.add('Concat', [builder.add('Shape', [wide]), builder.constant(int64([1], [1]))], { axis: 0 });
  const before = builder.graph(builder.add('Reshape', [wide, target]));
  const inference = infer(before, sizes);
  const editor = new GraphEditor(before);
  editor.forward(first, x);
  editor.remove(before.nodes[0]!);
  const after = editor.finish();
  const again = (earlier?: Inference) => finish(inferSteps(after, sizes, earlier));
  return { after, inference, wide, reused: again(inference), whole: again() };
}

const typesOf = ({ nodes }: Graph, { types, known }: Inference) =>
  nodes.flatMap(({ outputs }) => outputs.map((output) => [types.get(output!), known.get(output!)]));

it('what nodes make of values of known sizes is taken from an earlier walk', () => {
  const { after, inference, wide, reused, whole } = edited({ inputShapes: new Map([['x', [2, 4]]]) });
  expect(typesOf(after, reused)).toEqual(typesOf(after, whole));
  // The node that changed makes what the one before it made, so those after it read the same.
  expect(reused.types.get(wide)).toBe(inference.types.get(wide));
  const [output] = after.outputs;
  expect(reused.types.get(output!)).toBe(inference.types.get(output!));
  expect(reused.types.get(output!)?.shape).toEqual([2, 4, 1]);
});

it('and what is told of a node is told again', () => {
  const builder = new GraphBuilder(18);
  const y = builder.add('Relu', [builder.add('Neg', [builder.input('x', [2])])], { slope: 1 });
  const graph = builder.graph(y);
  const first = infer(graph);
  const second = finish(inferSteps(graph, { inputShapes: new Map([['x', [2]]]) }, first));
  expect(first.diagnostics).toMatchObject([{ code: 'US1301' }]);
  expect(second.diagnostics).toEqual(first.diagnostics);
  expect(second.types.get(graph.nodes[0]!.outputs[0]!)).toBe(first.types.get(graph.nodes[0]!.outputs[0]!));
});

it('and of open sizes it is found again, with what they require', () => {
  const { after, inference, wide, reused, whole } = edited();
  expect(typesOf(after, reused)).toEqual(typesOf(after, whole));
  expect(reused.constraints).toEqual(whole.constraints);
  expect(reused.types.get(wide)).not.toBe(inference.types.get(wide));
});
