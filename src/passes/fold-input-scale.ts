/**
 * Normalization of a picture before the first layer, x·scale + shift for every channel, into the layer's weights: a Conv, and
 * for scales a ConvTranspose. A shift needs a layer without padding, which would be shifted too.
 */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import { isFloat } from '../ir/element-type.js';
import type { Node } from '../ir/graph.js';
import type { GraphEditor } from '../ir/graph-editor.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { elementCount } from '../ir/tensor.js';
import { boundAs } from '../ops/bind.js';
import { type ConvolutionAttributes, conv } from '../ops/convolution/conv.js';
import { convTranspose } from '../ops/convolution/conv-transpose.js';
import { affineBy, affineOperators, affinesBy, constantOperand } from './affine.js';
import { alignsLastAxes } from './alignment.js';
import { whyUnlike } from './likeness.js';
import { perChannel, rankOf } from './output-channels.js';
import { type Pass, visitNodes } from './pass.js';

export const foldInputScale: Pass = {
  name: 'fold-input-scale',
  readsTypes: true,
  keepsTypes: true,
  run: visitNodes(
    (node, editor, inference) => {
      if (!affineOperators.includes(node.opType)) return undefined;
      const outcome = fold(node, editor, inference);
      if (typeof outcome === 'string') return `${formatNode(node)} stays: ${outcome}`;
      return outcome && `${formatNode(node)} is in ${formatNode(outcome)}`;
    },
    { fromLast: true },
  ),
};

/** The layer that took the node in, why none could, or nothing where the node is no scale before a layer. */
function fold(node: Node, editor: GraphEditor, inference: Inference): Node | string | undefined {
  const operand = constantOperand(node, editor);
  const output = node.outputs[0]!;
  const layer = editor.onlyReader(output);
  const convolution = boundAs(conv.Conv, layer);
  const bound = convolution ?? boundAs(convTranspose.ConvTranspose, layer);
  if (layer === undefined || bound === undefined || bound.inputs.X !== output) return undefined;
  if (operand === undefined || !alignsLastAxes(node)) return undefined;
  const { other: input, isLeft } = operand;
  const constant = editor.constant(operand.constant);
  const weights = editor.constant(bound.inputs.W);
  const bias = editor.constant(bound.inputs.B);
  const rank = rankOf(input, inference);
  if (weights === undefined || !isFloat(weights.type) || rank !== weights.dims.length) return undefined;
  if (bias === undefined && bound.inputs.B !== undefined) return undefined;
  if (whyUnlike(input, output, inference) !== undefined) return undefined;

  const [outer = 1, inner = 1, ...kernel] = weights.dims;
  const { group } = bound.attributes;
  const isConv = convolution !== undefined;
  const channels = isConv ? inner * group : outer;
  // A quotient of a constant by the picture is no scale of the picture.
  if (affineBy(node.opType, 1, isLeft) === undefined) return undefined;
  const values = constant && perChannel(constant, channels, rank);
  if (values === undefined) return 'it has other constants than one a channel';
  const lines = affinesBy(node.opType, values, isLeft);
  if (lines === undefined) return undefined;
  const isShifted = lines.some(({ shift }) => shift !== 0);
  if (isShifted && !(isConv && isUnpadded(convolution.attributes)))
    return `${formatNode(layer)} pads, or is transposed`;

  const taps = elementCount(kernel);
  const source = numbersOf(weights.load());
  const scaled = new Float64Array(source.length);
  const offsets = new Float64Array(outer);
  if (bias !== undefined) offsets.set(numbersOf(bias.load()));
  for (let i = 0; i < source.length; i++) {
    const row = Math.floor(i / (inner * taps));
    const column = Math.floor(i / taps) % inner;
    const channel = isConv ? Math.floor(row / (outer / group)) * inner + column : row;
    const { scale, shift } = lines[channel]!;
    scaled[i] = source[i]! * scale;
    if (isShifted) offsets[row]! += source[i]! * shift;
  }
  const name = layer.outputs[0]!.name;
  const replaced = {
    ...layer,
    inputs: [
      input,
      editor.addConstant(`${name}/weights`, tensorFromNumbers(weights.type, weights.dims, scaled)),
      isShifted
        ? editor.addConstant(`${name}/bias`, tensorFromNumbers(weights.type, [outer], offsets))
        : bound.inputs.B,
    ],
  };
  editor.replace(layer, replaced);
  editor.remove(node);
  return replaced;
}

function isUnpadded({ auto_pad, pads = [] }: ConvolutionAttributes): boolean {
  return auto_pad === 'VALID' || (auto_pad === 'NOTSET' && pads.every((size) => size === 0));
}
