/** Operators that combine the positions of some axes: sums, softmax, normalizations, products. */
import type { AttributeSpec } from '../../ops/attributes.js';
import { topKSchema } from '../../ops/indexing/schemas.js';
import { gemm as gemmOperator } from '../../ops/linear/gemm.js';
import { axisNormalizations } from '../../ops/normalization/axis-normalization.js';
import { layerNormalizations } from '../../ops/normalization/layer-normalization.js';
import type { OperatorSchema } from '../../ops/operator.js';
import { argExtrema } from '../../ops/reduction/arg.js';
import { reductions } from '../../ops/reduction/reduce.js';
import { softmaxes } from '../../ops/reduction/softmax.js';
import { countedAxis, sameAxes } from './elementwise.js';
import { own } from './reads.js';
import { type AxisSource, type NamedReads, NoReads, type OutputReads, oneOutput, type RuleContext } from './rule.js';

/** An operator with an `axis` that always has a default. */
type WithAxis = OperatorSchema<{ readonly axis: AttributeSpec<number> }>;

/** Reads of input 0 with the axes in `gone` reduced: they have one position in the output, or are absent. */
function reduced({ shape }: RuleContext, gone: readonly number[], isKept: boolean): OutputReads {
  const axes = sameAxes(shape(0).length, gone);
  return isKept ? axes : axes.filter((_, axis) => !gone.includes(axis));
}

function reduction(operator: (typeof reductions)[number], whole: string): NamedReads {
  const rule = (context: RuleContext) => {
    const { shape } = context;
    const { attributes, inputs } = context.bound(operator);
    const { axes, keepdims, noop_with_empty_axes } = attributes;
    const rank = shape(0).length;
    const listed = inputs.axes === undefined ? axes : context.numbers(1);
    if (inputs.axes !== undefined && listed === undefined) throw new NoReads('reduces axes that are computed');
    const isAll = listed === undefined || listed.length === 0;
    const all = noop_with_empty_axes ? [] : axesFrom(0, rank);
    return reduced(context, isAll ? all : listed.map((axis) => countedAxis(axis, rank)), keepdims);
  };
  return [operator.name, oneOutput(whole, rule, [1])];
}

function axesFrom(first: number, rank: number): number[] {
  return Array.from({ length: Math.max(0, rank - first) }, (_, i) => first + i);
}

/** The axis that the attribute names is read whole. */
function named(operator: WithAxis): (context: RuleContext) => OutputReads {
  return ({ bound, shape }) => {
    const rank = shape(0).length;
    return sameAxes(rank, [countedAxis(bound(operator).attributes.axis, rank)]);
  };
}

function softmax(operator: WithAxis): NamedReads {
  const rule = ({ bound, shape }: RuleContext) => {
    const rank = shape(0).length;
    const { version, attributes } = bound(operator);
    const axis = countedAxis(attributes.axis, rank);
    // Before version 13, all axes from this one on are flattened to one.
    return sameAxes(rank, version < 13 ? axesFrom(axis, rank) : [axis]);
  };
  return [operator.name, oneOutput('compares all positions of', rule)];
}

/** Normalization from an axis to the last one, with scale and bias along these axes. */
function trailing(operator: WithAxis): NamedReads {
  const rule = ({ bound, shape }: RuleContext) => {
    const rank = shape(0).length;
    return sameAxes(rank, axesFrom(countedAxis(bound(operator).attributes.axis, rank), rank));
  };
  return [operator.name, oneOutput('normalizes over', rule)];
}

/** All axes from `first` on are read whole. */
function from(first: number): (context: RuleContext) => OutputReads {
  return ({ shape }) => sameAxes(shape(0).length, axesFrom(first, shape(0).length));
}

function meanVariance({ bound, shape }: RuleContext): OutputReads {
  const rank = shape(0).length;
  const { axes } = bound(axisNormalizations.MeanVarianceNormalization).attributes;
  return sameAxes(
    rank,
    axes.map((axis) => countedAxis(axis, rank)),
  );
}

/** The rows of the first input and the columns of the second remain; batch axes broadcast. */
function product({ shape, outputShape }: RuleContext): OutputReads {
  const [a, b, output] = [shape(0), shape(1), outputShape(0)];
  if (a.length < 2 || b.length < 2) throw new NoReads('multiplies a vector');
  return output.map((size, axis): AxisSource[] => {
    const fromEnd = output.length - axis;
    if (fromEnd === 1) return [{ input: 1, axis: b.length - 1, reads: own }];
    if (fromEnd === 2) return [{ input: 0, axis: a.length - 2, reads: own }];
    return [a, b].flatMap((dims, input) => {
      const place = dims.length - fromEnd;
      return place < 0 || (dims[place] === 1 && size !== 1) ? [] : [{ input, axis: place, reads: own }];
    });
  });
}

function gemm({ bound }: RuleContext): OutputReads {
  const { transA, transB } = bound(gemmOperator.Gemm).attributes;
  return [[{ input: 0, axis: transA ? 1 : 0, reads: own }], [{ input: 1, axis: transB ? 0 : 1, reads: own }]];
}

/** Words for reductions other than sums. */
const reductionWords: ReadonlyMap<string, string> = new Map([
  ['ReduceMean', 'averages over'],
  ['ReduceMax', 'takes the largest of'],
  ['ReduceMin', 'takes the smallest of'],
]);

export const reducingReads: readonly NamedReads[] = [
  ...reductions.map((operator) => reduction(operator, reductionWords.get(operator.name) ?? 'sums over')),
  argument(argExtrema.ArgMax, 'looks for the largest of'),
  argument(argExtrema.ArgMin, 'looks for the smallest of'),
  ['GlobalAveragePool', oneOutput('averages over', from(2))],
  ['GlobalMaxPool', oneOutput('takes the largest of', from(2))],
  ['GlobalLpPool', oneOutput('sums over', from(2))],
  ['InstanceNormalization', oneOutput('normalizes over', from(2))],
  ['GroupNormalization', oneOutput('normalizes over', from(1))],
  ...layerNormalizations.map(trailing),
  ['LpNormalization', oneOutput('normalizes over', named(axisNormalizations.LpNormalization))],
  ['MeanVarianceNormalization', oneOutput('normalizes over', meanVariance)],
  ['LRN', oneOutput('normalizes over', ({ shape }) => sameAxes(shape(0).length, [1]))],
  ...softmaxes.map(softmax),
  ['TopK', { parameters: [1], whole: 'sorts', rule: topK }],
  ['CumSum', { parameters: [1], whole: 'sums along', rule: cumulative }],
  ['CumProd', { parameters: [1], whole: 'multiplies along', rule: cumulative }],
  ['DynamicQuantizeLinear', oneOutput('scales by the range of', ({ shape }) => shape(0).map(() => []))],
  ['GRU', oneOutput('runs along', () => [])],
  ['LSTM', oneOutput('runs along', () => [])],
  ['RNN', oneOutput('runs along', () => [])],
  ['GridSample', oneOutput('samples all over', () => [])],
  ['MatMul', oneOutput('multiplies matrices along', product)],
  ['MatMulInteger', oneOutput('multiplies matrices along', product)],
  ['Gemm', oneOutput('multiplies matrices along', gemm)],
];

function topK(context: RuleContext): readonly OutputReads[] {
  const axes = named(topKSchema)(context);
  return [axes, axes];
}

function argument(operator: (typeof argExtrema)[number], whole: string): NamedReads {
  const rule = (context: RuleContext) => {
    const { axis, keepdims } = context.bound(operator).attributes;
    return reduced(context, [countedAxis(axis, context.shape(0).length)], keepdims);
  };
  return [operator.name, oneOutput(whole, rule)];
}

function cumulative(context: RuleContext): readonly OutputReads[] {
  const axis = context.numbers(1)?.[0];
  const rank = context.shape(0).length;
  if (axis === undefined) throw new NoReads('sums along an axis that is computed');
  return [sameAxes(rank, [countedAxis(axis, rank)])];
}
