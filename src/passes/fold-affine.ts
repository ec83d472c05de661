/**
 * Mul, Div, Add and Sub by a constant a channel, and BatchNormalization, into the Conv, ConvTranspose or Gemm before them, in
 * whatever order they come.
 */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Node } from '../ir/graph.js';
import type { GraphEditor } from '../ir/graph-editor.js';
import { affineOperators, affinesBy, constantOperand } from './affine.js';
import { alignedSecond } from './alignment.js';
import { foldNormalization } from './fold-batch-normalization.js';
import { type ChannelAffine, linearNode, perChannel, rankOf, scaledNode } from './output-channels.js';
import { type Pass, visitNodes } from './pass.js';

export const foldAffine: Pass = {
  name: 'fold-affine',
  readsTypes: true,
  keepsTypes: true,
  run: visitNodes((node, editor, inference) => {
    if (node.opType === 'BatchNormalization') return foldNormalization(node, editor);
    const producer = affineOperators.includes(node.opType) ? fold(node, editor, inference) : undefined;
    return producer && `${formatNode(node)} is in ${formatNode(producer)}`;
  }),
};

function fold(node: Node, editor: GraphEditor, inference: Inference): Node | undefined {
  const operand = constantOperand(node, editor);
  const [output] = node.outputs;
  if (operand === undefined || output === undefined) return undefined;
  const { other: input, isLeft } = operand;
  const constant = editor.constant(operand.constant);
  const producer = editor.producer(input);
  if (constant === undefined || producer === undefined) return undefined;
  const rank = rankOf(input, inference);
  if (rank === undefined || rank !== rankOf(output, inference) || editor.onlyReader(input) !== node) return undefined;
  const linear = linearNode(producer, editor);
  if (typeof linear === 'string') return undefined;
  const dims = isLeft ? constant.dims : alignedSecond(node, rank, constant.dims);
  const values = perChannel(constant, linear.channels, rank, dims);
  const maps = values && affinesBy(node.opType, values, isLeft);
  if (maps === undefined) return undefined;
  const affine: ChannelAffine = { scale: maps.map(({ scale }) => scale), shift: maps.map(({ shift }) => shift) };
  editor.replace(producer, scaledNode(linear, affine, output, editor));
  editor.remove(node);
  return producer;
}
