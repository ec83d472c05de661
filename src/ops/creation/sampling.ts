/** Bernoulli and Multinomial: draw outcomes with given probabilities. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { ElementType } from '../../ir/element-type.js';
import { type NumberArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt, tensorOfRank } from '../arguments.js';
import { float, int } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import type { RandomSource } from '../random-source.js';
import { required } from '../signature.js';
import { bfloat16s, indexTypes, numbersAndBool, reals } from '../type-set.js';
import { dtypeOf, dtypeOr } from './dtype.js';
import { drawTensor } from './random.js';
import { checkTensorSize } from './target-shape.js';

const notAProbability = defineProblem(
  'US1211',
  { element: 'integer', probability: 'number' },
  ({ element, probability }) => ({
    message: `element ${element} of the input is not a probability`,
    value: 'input',
    expected: '0 to 1',
    actual: String(probability),
  }),
);

function checkProbability(p: number, i: number): void {
  if (p >= 0 && p <= 1) return;
  fail(notAProbability({ element: i, probability: p }));
}

interface MultinomialAttributes {
  readonly dtype: number;
  readonly sample_size: number;
  readonly seed: number | undefined;
}

const outcomeTypeUnknown = defineProblem('US1304', { dtype: 'integer', type: 'string' }, ({ dtype, type }) => ({
  message: "the attribute 'dtype' names a type that the output cannot have",
  value: 'dtype',
  expected: '6 (int32) or 7 (int64)',
  actual: `${dtype} (${type})`,
}));

function outcomeType({ dtype }: MultinomialAttributes): ElementType {
  const type = dtypeOf(dtype, 'integer');
  if (type === 'int32' || type === 'int64') return type;
  fail(outcomeTypeUnknown({ dtype, type }));
}

const sampleSizeNegative = defineProblem('US1304', { sampleSize: 'integer' }, ({ sampleSize }) => ({
  message: "the attribute 'sample_size' is negative",
  value: 'sample_size',
  actual: String(sampleSize),
}));

function sampleShape(context: InferContext<MultinomialAttributes>): Shape {
  const { sample_size } = context.attributes;
  if (sample_size < 0) {
    fail(sampleSizeNegative({ sampleSize: sample_size }));
  }
  const shape = shapeOfRank(context, 0, 'input', { min: 2, max: 2 });
  return [shape?.[0] ?? context.fresh('the batch of the input is not known'), sample_size];
}

const noPossibleOutcome = defineProblem(
  'US1211',
  { row: 'integer', logits: 'numbers', count: 'integer' },
  ({ row, logits, count }) => ({
    message: `row ${row} of the input gives no outcome a probability`,
    value: 'input',
    expected: 'log-probabilities, one of them finite, none NaN or infinite',
    actual: `[${logits.join(', ')}${count > 8 ? ', …' : ''}]`,
  }),
);

/** Running sums of exp(logit − largest logit), which cannot overflow. */
function cumulativeWeights(logits: NumberArray, row: number): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  let sum = 0;
  const sums = Float64Array.from(logits, (logit) => {
    sum += Math.exp(logit - largest);
    return sum;
  });
  if (sum > 0) return sums;
  fail(noPossibleOutcome({ row, logits: Array.from(logits.slice(0, 8)), count: logits.length }));
}

function drawOutcome(random: RandomSource, sums: Float64Array): number {
  const target = random.uniform() * sums.at(-1)!;
  return sums.findIndex((sum) => sum > target);
}

function multinomial(input: Tensor, type: ElementType, samples: number, random: RandomSource): Tensor {
  const [batch, classes] = input.dims as [number, number];
  checkTensorSize(type, [batch, samples]);
  const logits = numbersOf(input);
  const outcomes = new Int32Array(batch * samples);
  for (let row = 0; row < batch; row++) {
    const sums = cumulativeWeights(logits.subarray(row * classes, (row + 1) * classes), row);
    for (let i = 0; i < samples; i++) outcomes[row * samples + i] = drawOutcome(random, sums);
  }
  return tensorFromNumbers(type, [batch, samples], outcomes);
}

export const sampling: readonly Operator[] = [
  defineOperator({
    name: 'Bernoulli',
    versions: [15, 22],
    inputs: [required('input', 'T1')],
    outputs: [required('output', 'T2')],
    types: { T1: reals.from(22, bfloat16s), T2: numbersAndBool.and(bfloat16s) },
    isDeterministic: false,
    attributes: { dtype: int(), seed: float() },
    infer: (context) => [
      tensorType(dtypeOr(context.attributes.dtype, context.elementType(0), 'ordered'), context.shape(0)),
    ],
    reference: (context) => {
      const input = tensorAt(context, 0);
      const probabilities = numbersOf(input);
      const type = dtypeOr(context.attributes.dtype, input.type, 'ordered')!;
      return [
        drawTensor(context, type, input.dims, (random, i) => {
          const p = probabilities[i]!;
          checkProbability(p, i);
          return random.uniform() < p ? 1 : 0;
        }),
      ];
    },
  }),
  defineOperator({
    name: 'Multinomial',
    versions: [7, 22],
    inputs: [required('input', 'T1')],
    outputs: [required('output', 'T2')],
    types: { T1: reals.from(22, bfloat16s), T2: indexTypes },
    isDeterministic: false,
    attributes: { dtype: int(6), sample_size: int(1), seed: float() },
    infer: (context) => [tensorType(outcomeType(context.attributes), sampleShape(context))],
    reference: (context) => {
      const { sample_size, seed } = context.attributes;
      return [
        multinomial(
          tensorOfRank(context, 0, 'input', { min: 2, max: 2 }),
          outcomeType(context.attributes),
          sample_size,
          context.random.fork(seed),
        ),
      ];
    },
  }),
];
