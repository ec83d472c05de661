/**
 * InstanceNormalization by way of other operators: a BatchNormalization by the statistics of a batch of one, and a Reshape
 * before and behind that leave every instance's elements together.
 */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Constant, Node, Value } from '../ir/graph.js';
import { GraphEditor } from '../ir/graph-editor.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { isConcrete } from '../ir/shape.js';
import { attributesOf } from '../ops/bind.js';
import { batchNormalizations } from '../ops/normalization/batch-normalization.js';
import type { Pass } from './pass.js';
import { madeBy, nodeInPlace } from './pattern.js';

const since = 6;

export const fuseInstanceNormalization: Pass = {
  name: 'fuse-instance-normalization',
  readsTypes: true,
  keepsTypes: true,
  run(graph, inference) {
    const editor = new GraphEditor(graph);
    const notes: string[] = [];
    for (const { outputs } of graph.nodes) {
      const training = madeBy(outputs[0], editor, 'BatchNormalization');
      const note = training && fromTraining(training, editor, inference);
      if (note !== undefined) notes.push(note);
      const last = madeBy(outputs[0], editor, 'Reshape');
      const between = last && withoutReshapes(last, editor, inference);
      if (between !== undefined) notes.push(between);
    }
    return { graph: editor.finish(), notes };
  },
};

function fromTraining(node: Node, editor: GraphEditor, inference: Inference): string | undefined {
  const [x, scale, bias] = node.inputs;
  const attributes = attributesOf(batchNormalizations.BatchNormalization, node);
  if (x === undefined || attributes?.training_mode !== true) return undefined;
  const shape = inference.types.get(x)?.shape;
  if (shape === undefined || shape.length < 3) return undefined;
  if (shape[0] !== 1) return `${formatNode(node)} stays: it normalizes over a batch`;
  const [, ...statistics] = node.outputs;
  const isRead = (value: Value) => editor.isFixed(value) || editor.readers(value).length > 0;
  if (statistics.some((value) => value !== undefined && isRead(value))) {
    return `${formatNode(node)} stays: its statistics are read`;
  }
  const epsilon = { kind: 'float', value: attributes.epsilon } as const;
  const plain = nodeInPlace(node, 'InstanceNormalization', since, [x, scale, bias], new Map([['epsilon', epsilon]]));
  editor.replace(node, { ...plain, outputs: [node.outputs[0]] });
  return `${formatNode(node)} of a batch of one is an InstanceNormalization`;
}

/** [N, C, …] as [N, C, …] or [1, N·C, …] and back: the channels are normalized as they stand. */
function withoutReshapes(last: Node, editor: GraphEditor, inference: Inference): string | undefined {
  const node = madeBy(last.inputs[0], editor, 'InstanceNormalization');
  const first = madeBy(node?.inputs[0], editor, 'Reshape');
  const source = first?.inputs[0];
  if (node === undefined || first === undefined || source === undefined) return undefined;
  const reshaped = first.outputs[0]!;
  const [outer, inner, result] = [source, reshaped, last.outputs[0]!].map((value) => inference.types.get(value)?.shape);
  if (outer === undefined || inner === undefined || result === undefined || outer.length < 3) return undefined;
  if (outer.length !== result.length || outer.some((size, axis) => size !== result[axis])) return undefined;
  const [outerSizes, innerSizes] = [outer.slice(0, 2), inner.slice(0, 2)];
  if (!isConcrete(outerSizes) || !isConcrete(innerSizes)) return undefined;
  const [images, channels] = outerSizes as [number, number];
  if (images * channels !== innerSizes[0]! * innerSizes[1]! || innerSizes[1]! % channels !== 0) return undefined;
  if (editor.onlyReader(node.outputs[0]!) !== last) return undefined;
  const parameters = node.inputs.slice(1).map((value) => periodic(editor.constant(value), channels));
  const [scale, bias] = parameters;
  if (scale === undefined || bias === undefined) return undefined;
  const { type } = editor.constant(node.inputs[1])!;
  const addConstant = (kind: string, values: ArrayLike<number>) =>
    editor.addConstant(`${last.outputs[0]!.name}/${kind}`, tensorFromNumbers(type, [channels], values));
  const inputs = [source, addConstant('scale', scale), addConstant('bias', bias)];
  editor.replace(last, { ...node, inputs, outputs: last.outputs });
  editor.remove(node);
  if (editor.readers(reshaped).length === 0 && !editor.isFixed(reshaped)) editor.remove(first);
  return `${formatNode(first)} and ${formatNode(last)} around ${formatNode(node)} change nothing`;
}

/** The first `channels` elements, where the others repeat them. */
function periodic(constant: Constant | undefined, channels: number): ArrayLike<number> | undefined {
  if (constant === undefined) return undefined;
  const values = Array.from(numbersOf(constant.load()));
  return values.every((value, i) => value === values[i % channels]) ? values.slice(0, channels) : undefined;
}
