/** Normalizations by constants after a linear layer. */
import { formatNode } from '../../diagnostics.js';
import type { Node } from '../../ir/graph.js';
import { boundAs } from '../../ops/bind.js';
import { batchNormalizations } from '../../ops/normalization/batch-normalization.js';
import { type Facts, factsOf } from '../facts.js';
import { defineRule } from '../rule.js';

const linear = new Set(['Conv', 'ConvTranspose', 'Gemm']);

/** The layer that the normalization can be folded into: it has constant weights, and no other reader of its output. */
export function foldingLayer(node: Node, facts: Facts): Node | undefined {
  const bound = boundAs(batchNormalizations.BatchNormalization, node);
  if (bound === undefined || node.outputs.length > 1 || bound.attributes.training_mode) return undefined;
  const { X: input, ...parameters } = bound.inputs;
  const layer = facts.producer(input);
  if (layer === undefined || layer.domain !== '' || !linear.has(layer.opType)) return undefined;
  if (facts.readers(input).size !== 1 || facts.isOutput(input)) return undefined;
  const constants = [...Object.values(parameters), ...layer.inputs.slice(1)].filter((value) => value !== undefined);
  return constants.every((value) => facts.constant(value) !== undefined) ? layer : undefined;
}

export const unfoldedBatchNormalization = defineRule({
  code: 'US1501',
  explanation: {
    meaning:
      'A BatchNormalization with constant statistics follows a Conv, ConvTranspose or Gemm with constant weights that nothing else reads: it could be part of these weights.',
    reason:
      'The normalization reads and writes the whole tensor once more, for a scale and a shift that weights and bias can have at no cost. onnxruntime folds it into Conv, not into ConvTranspose (onnxruntime#14270, onnxsim#317). unstride folds both when it compiles, so this is about other tools and about the size of the file.',
    bad: 'z = ConvTranspose (x, w)\ny = BatchNormalization (z, scale, B, mean, var)',
    good: 'y = ConvTranspose (x, w_folded, b_folded)',
    remedy:
      'Export in evaluation mode with folding (torch.onnx.export does it for Conv), call torch.nn.utils.fusion.fuse_conv_bn_eval, or `unstride fix --select US1501`, which changes results only by rounding.',
  },
  data: { layer: 'string' },
  words: ({ layer }) => ({
    message: `the normalization could be part of the weights of ${layer}`,
    hint: 'unstride fix --select US1501 folds it; unstride does so by itself when it compiles',
  }),
  *check({ model }) {
    const facts = factsOf(model);
    for (const node of facts.nodes()) {
      const layer = foldingLayer(node, facts);
      if (layer === undefined) continue;
      yield { node, data: { layer: formatNode(layer) } };
    }
  },
});
