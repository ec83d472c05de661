/**
 * BatchNormalization into the Conv, ConvTranspose or Gemm before it (Ioffe and Szegedy, "Batch Normalization", 2015,
 * section 3.1): with s = scale / sqrt(variance + epsilon), weights become W·s and the bias (b − mean)·s + B.
 */
import { formatNode } from '../diagnostics.js';
import type { Node } from '../ir/graph.js';
import type { GraphEditor } from '../ir/graph-editor.js';
import { boundAs } from '../ops/bind.js';
import { batchNormalizations } from '../ops/normalization/batch-normalization.js';
import { type ChannelAffine, constantNumbers, linearNode, scaledNode } from './output-channels.js';
import { type Pass, visitNodes } from './pass.js';

export const foldBatchNormalization: Pass = {
  name: 'fold-batch-normalization',
  readsTypes: false,
  keepsTypes: true,
  run: visitNodes((node, editor) =>
    node.opType === 'BatchNormalization' ? foldNormalization(node, editor) : undefined,
  ),
};

/** Folds the BatchNormalization where it can be; a note on what has been done. */
export function foldNormalization(node: Node, editor: GraphEditor): string {
  const outcome = fold(node, editor);
  return `${formatNode(node)} ${typeof outcome === 'string' ? `stays: ${outcome}` : `is in ${formatNode(outcome)}`}`;
}

/** The node that has taken the normalization in, or why none could. */
function fold(node: Node, editor: GraphEditor): Node | string {
  const [output, ...statistics] = node.outputs;
  const bound = boundAs(batchNormalizations.BatchNormalization, node);
  if (bound === undefined || output === undefined || statistics.length > 0 || bound.attributes.training_mode) {
    return 'it normalizes by the statistics of the batch';
  }
  const { X: input, scale, B, input_mean: mean, input_var: variance } = bound.inputs;
  const producer = editor.producer(input);
  if (producer === undefined) return 'no node makes its input';
  if (editor.onlyReader(input) !== node) return `the output of ${formatNode(producer)} has other readers`;
  const linear = linearNode(producer, editor);
  if (typeof linear === 'string') return `${formatNode(producer)} cannot take it: ${linear}`;
  const affine = affineOf(
    bound.attributes.epsilon,
    [scale, B, mean, variance].map((value) => constantNumbers(editor.constant(value))),
  );
  if (affine === undefined) return 'its statistics are not constant';
  if (affine.scale.length !== linear.channels) return 'its channels are not those of the weights';
  const folded = scaledNode(linear, affine, output, editor);
  editor.replace(producer, folded);
  editor.remove(node);
  return producer;
}

/** scale, B, mean and variance as one scale and one shift a channel. */
function affineOf(epsilon: number, parameters: readonly (ArrayLike<number> | undefined)[]): ChannelAffine | undefined {
  const [scale, offset, mean, variance] = parameters;
  if (scale === undefined || offset === undefined || mean === undefined || variance === undefined) return undefined;
  const factors = new Float64Array(scale.length);
  const shift = new Float64Array(scale.length);
  for (let c = 0; c < factors.length; c++) {
    const factor = scale[c]! / Math.sqrt(variance[c]! + epsilon);
    factors[c] = factor;
    shift[c] = offset[c]! - mean[c]! * factor;
  }
  return { scale: factors, shift };
}
