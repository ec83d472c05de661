/**
 * NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss: the class index of each sample selects one log-probability.
 */
import { defineProblem, fail } from '../../diagnostics.js';
import { intAttribute } from '../../ir/graph-editor.js';
import { type NumberArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { formatShape, type Shape, type TensorType, tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { int, text } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator, type ReferenceContext } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, indexTypes, reals } from '../type-set.js';
import { linesAlong } from './lines.js';
import { expandLoss, lossParts } from './loss-expansion.js';
import { logSoftmaxLine, mapLines } from './softmax.js';

const lossAttributes = {
  ignore_index: int(),
  reduction: text('mean').oneOf('none', 'sum', 'mean'),
};

interface LossAttributes {
  readonly ignore_index: number | undefined;
  readonly reduction: 'none' | 'sum' | 'mean';
}

/** The type of the loss, for scores [N, C, ...], labels [N, ...] and weights [C]. */
function inferLoss(context: InferContext<LossAttributes>): TensorType {
  const type = context.elementType(0);
  const scores = shapeOfRank(context, 0, 'scores', { min: 2 });
  const labels = context.shape(1);
  const weights = shapeOfRank(context, 2, 'weights', { min: 1, max: 1 });
  if (scores !== undefined && weights !== undefined) {
    context.unify(scores[1]!, weights[0]!, 'classes of the scores and of the weights');
  }
  const samples = samplesOf(context, scores, labels);
  return tensorType(type, context.attributes.reduction === 'none' ? samples : []);
}

const labelRank = defineProblem('US1201', { samples: 'shape', labels: 'shape' }, ({ samples, labels }) => ({
  message: 'the labels do not have the rank of the scores without the axis of classes',
  expected: formatShape(samples),
  actual: formatShape(labels),
}));

function samplesOf(
  context: InferContext<LossAttributes>,
  scores: Shape | undefined,
  labels: Shape | undefined,
): Shape | undefined {
  const samples = scores?.toSpliced(1, 1);
  if (samples === undefined || labels === undefined) return samples ?? labels;
  if (labels.length !== samples.length) {
    fail(labelRank({ samples, labels }));
  }
  return samples.map((dim, axis) => context.unify(dim, labels[axis]!, `samples at axis ${axis}`));
}

const labelOutside = defineProblem('US2006', { label: 'integer', classes: 'integer' }, ({ label, classes }) => ({
  message: `the label ${label} is not one of ${classes} classes`,
  expected: `0 to ${classes - 1}`,
  actual: String(label),
}));

/** The loss from log-probabilities: for each sample, their sum, or their weighted mean. */
function lossOf(context: ReferenceContext<LossAttributes>, logProbabilities: NumberArray): Tensor {
  const { ignore_index, reduction } = context.attributes;
  const { type, dims } = tensorAt(context, 0);
  const labels = tensorAt(context, 1);
  const weights = context.inputs[2] && numbersOf(context.inputs[2]);
  const { length, stride, starts } = linesAlong(dims, 1);
  const losses = new Float64Array(labels.size);
  let totalWeight = 0;
  let sample = 0;
  for (const start of starts) {
    const label = Number(labels.data[sample]);
    if (label !== ignore_index) {
      if (label < 0 || label >= length) {
        fail(labelOutside({ label, classes: length }));
      }
      const weight = weights?.[label] ?? 1;
      losses[sample] = -logProbabilities[start + label * stride]! * weight;
      totalWeight += weight;
    }
    sample++;
  }
  if (reduction === 'none') return tensorFromNumbers(type, labels.dims, losses);
  const sum = losses.reduce((total, loss) => total + loss, 0);
  return tensorFromNumbers(type, [], [reduction === 'sum' ? sum : sum / totalWeight]);
}

export const losses: readonly Operator[] = [
  defineOperator({
    name: 'NegativeLogLikelihoodLoss',
    versions: [12, 13, 22],
    inputs: [required('input', 'T'), required('target', 'Tind'), optional('weight', 'T')],
    outputs: [required('loss', 'T')],
    types: { T: reals.from(22, bfloat16s), Tind: indexTypes },
    attributes: lossAttributes,
    infer: (context) => [inferLoss(context)],
    reference: (context) => [lossOf(context, numbersOf(tensorAt(context, 0)))],
    expand: ({ attributes, inputs, outputs }, expansion) => {
      const parts = lossParts(expansion, attributes, inputs.input, inputs.target, inputs.weight);
      if (typeof parts === 'string') return parts;
      return expansion.inFloat32(inputs.input, outputs.loss, (wide, type, result) =>
        expandLoss(expansion, parts, wide, type, result),
      );
    },
  }),
  defineOperator({
    name: 'SoftmaxCrossEntropyLoss',
    versions: [12, 13],
    inputs: [required('scores', 'T'), required('labels', 'Tind'), optional('weights', 'T')],
    outputs: [required('output', 'T'), optional('log_prob', 'T')],
    types: { T: reals.from(13, bfloat16s), Tind: indexTypes },
    attributes: lossAttributes,
    infer: (context) => [inferLoss(context), tensorType(context.elementType(0), context.shape(0))],
    reference: (context) => {
      const scores = tensorAt(context, 0);
      const logProbabilities = new Float64Array(scores.size);
      mapLines(numbersOf(scores), logProbabilities, linesAlong(scores.dims, 1), logSoftmaxLine);
      return [lossOf(context, logProbabilities), tensorFromNumbers(scores.type, scores.dims, logProbabilities)];
    },
    expand: ({ attributes, inputs, outputs }, expansion) => {
      const parts = lossParts(expansion, attributes, inputs.scores, inputs.labels, inputs.weights);
      if (typeof parts === 'string') return parts;
      const own = expansion.facts.elementType(inputs.scores);
      return expansion.inFloat32(inputs.scores, outputs.output, (wide, type, result) => {
        const logarithms = expansion.add('LogSoftmax', [wide], { attributes: { axis: intAttribute(1) } });
        if (outputs.log_prob !== undefined && own !== undefined) expansion.cast(logarithms, own, outputs.log_prob);
        expandLoss(expansion, parts, logarithms, type, result);
      });
    },
  }),
];
