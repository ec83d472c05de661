/** Nodes that compute as in training. */

import type { Node, Value } from '../../ir/graph.js';
import { constantsOf } from '../../ir/quantity.js';
import { boundAs } from '../../ops/bind.js';
import { dropout } from '../../ops/creation/dropout.js';
import { batchNormalizations, isTraining } from '../../ops/normalization/batch-normalization.js';
import { factsOf } from '../facts.js';
import { defineRule, type RuleContext } from '../rule.js';

export const trainingMode = defineRule({
  code: 'US1717',
  explanation: {
    meaning:
      'A Dropout has a training_mode that is true, or a BatchNormalization computes the statistics of the batch (training_mode = 1, or before set 14 more outputs than one).',
    reason: `Dropout then zeroes elements at random: the same input gives another result in every run and in every tool. BatchNormalization normalizes by the mean of what it was fed instead of what was learned, so results depend on what else is in the batch. Tools part (each was run):

| tool | Dropout | BatchNormalization |
|---|---|---|
| onnxruntime 1.16 to 1.32, unstride | drops at random | statistics of the batch |
| OpenVINO | refuses it | refuses it up to 2025.2, statistics of the batch in 2026.4 |
| OpenCV 4 | does not load it | the learned statistics |
| OpenCV 5 | drops nothing | stops |`,
    bad: 'torch.onnx.export(model.train(), …, training=torch.onnx.TrainingMode.TRAINING)',
    good: 'torch.onnx.export(model.eval(), …)',
    remedy:
      'Call model.eval() before the export, and do not pass training=TRAINING or PRESERVE. In Keras: training=False.',
  },
  data: { operator: ['Dropout', 'BatchNormalization'], ratio: 'number?' },
  words: ({ operator, ratio }) => ({
    value: 'training_mode',
    message:
      operator === 'Dropout'
        ? `the Dropout is in training mode: it zeroes ${ratio === undefined ? 'elements' : `${Math.round(ratio * 100)} % of the elements`} at random in each run`
        : 'the BatchNormalization is in training mode: it normalizes by the statistics of what is fed, not by those that were learned',
    expected: 'inference',
    actual: 'training',
    hint: 'export again after model.eval()',
  }),
  *check(context) {
    for (const node of factsOf(context.model).nodes()) {
      const data = dropoutInTraining(node, context) ?? normalizationInTraining(node);
      if (data !== undefined) yield { node, data };
    }
  },
});

function dropoutInTraining(node: Node, context: RuleContext) {
  const inputs = boundAs(dropout.Dropout, node)?.inputs;
  if (inputs === undefined || numberOf(inputs.training_mode, context) !== 1) return undefined;
  const ratio = inputs.ratio === undefined ? 0.5 : numberOf(inputs.ratio, context);
  return ratio === 0 ? undefined : { operator: 'Dropout' as const, ratio };
}

/** The single number that a value is known to be; a truth value is 0 or 1. */
function numberOf(value: Value | undefined, { inference }: RuleContext): number | undefined {
  const known = value && inference.known.get(value);
  return known && constantsOf(known)?.[0];
}

function normalizationInTraining(node: Node) {
  const bound = boundAs(batchNormalizations.BatchNormalization, node);
  if (bound === undefined) return undefined;
  const { version, attributes } = bound;
  const outputCount = node.outputs.length;
  return isTraining({ version, outputCount, attributes }) ? { operator: 'BatchNormalization' as const } : undefined;
}
