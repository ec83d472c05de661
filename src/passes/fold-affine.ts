/**
 * Mul, Div, Add and Sub by a constant a channel, and BatchNormalization, into the Conv, ConvTranspose or Gemm before them, in
 * whatever order they come.
 */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Node } from '../ir/graph.js';
import { GraphEditor } from '../ir/graph-editor.js';
import { foldNormalization } from './fold-batch-normalization.js';
import { type ChannelAffine, linearNode, perChannel, rankOf, scaledNode } from './output-channels.js';
import type { Pass } from './pass.js';

const affineOf: Readonly<Record<string, (value: number, isLeft: boolean) => readonly [scale: number, shift: number]>> =
  {
    Mul: (value) => [value, 0],
    Add: (value) => [1, value],
    Sub: (value, isLeft) => (isLeft ? [-1, value] : [1, -value]),
    Div: (value) => [1 / value, 0],
  };

export const foldAffine: Pass = {
  name: 'fold-affine',
  readsTypes: true,
  keepsTypes: true,
  run(graph, inference) {
    const editor = new GraphEditor(graph);
    const notes: string[] = [];
    for (const node of graph.nodes) {
      if (node.opType === 'BatchNormalization' && node.domain === '') notes.push(foldNormalization(node, editor));
      const producer = Object.hasOwn(affineOf, node.opType) && node.domain === '' && fold(node, editor, inference);
      if (producer) notes.push(`${formatNode(node)} is in ${formatNode(producer)}`);
    }
    return { graph: editor.finish(), notes };
  },
};

function fold(node: Node, editor: GraphEditor, inference: Inference): Node | undefined {
  const [left, right] = node.inputs;
  const [output] = node.outputs;
  const isLeft = editor.constant(left) !== undefined;
  const constant = editor.constant(isLeft ? left : right);
  const input = isLeft ? right : left;
  const producer = editor.producer(input);
  // A constant divided by the result is not linear in it.
  if (constant === undefined || producer === undefined || output === undefined || (isLeft && node.opType === 'Div'))
    return;
  const rank = rankOf(input, inference);
  if (rank === undefined || rank !== rankOf(output, inference) || editor.onlyReader(input!) !== node) return;
  const linear = linearNode(producer, editor);
  if (typeof linear === 'string') return;
  const values = perChannel(constant, linear.channels, rank);
  if (values === undefined || ![...Array.from(values)].every((value) => value !== 0 || node.opType !== 'Div')) return;
  const pairs = Array.from(values, (value) => affineOf[node.opType]!(value, isLeft));
  const affine: ChannelAffine = { scale: pairs.map(([scale]) => scale), shift: pairs.map(([, shift]) => shift) };
  editor.replace(producer, scaledNode(linear, affine, output, editor));
  editor.remove(node);
  return producer;
}
