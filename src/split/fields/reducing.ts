/** Operators that put the positions of some axes together: sums, softmax, normalisations, products. */
import { intOf, intsOf } from '../../ir/node-attributes.js';
import { countedAxis, sameAxes } from './elementwise.js';
import { own } from './reads.js';
import { type AxisSource, NoReads, type OperatorReads, type OutputReads, oneOutput, type RuleContext } from './rule.js';

/** What is left of input 0 without the axes in `gone`: they have one position, or are not there. */
function reduced(context: RuleContext, gone: readonly number[]): OutputReads {
  const axes = sameAxes(context.shape(0).length, gone);
  const isKept = (intOf(context.node, 'keepdims') ?? 1) !== 0;
  return isKept ? axes : axes.filter((_, axis) => !gone.includes(axis));
}

function reduction(context: RuleContext): OutputReads {
  const { node, shape } = context;
  const rank = shape(0).length;
  const listed = node.inputs[1] === undefined ? intsOf(node, 'axes') : context.numbers(1);
  if (node.inputs[1] !== undefined && listed === undefined) throw new NoReads('reduces axes that are computed');
  const isAll = listed === undefined || listed.length === 0;
  const all = intOf(node, 'noop_with_empty_axes') === 1 ? [] : axesFrom(0, rank);
  return reduced(context, isAll ? all : listed.map((axis) => countedAxis(axis, rank)));
}

function axesFrom(first: number, rank: number): number[] {
  return Array.from({ length: Math.max(0, rank - first) }, (_, i) => first + i);
}

/** One axis: the last, unless an attribute names another. */
function lastOrNamed({ node, shape }: RuleContext): OutputReads {
  const rank = shape(0).length;
  return sameAxes(rank, [countedAxis(intOf(node, 'axis') ?? -1, rank)]);
}

function softmax({ node, shape, version }: RuleContext): OutputReads {
  const rank = shape(0).length;
  const axis = countedAxis(intOf(node, 'axis') ?? (version < 13 ? 1 : -1), rank);
  // Before version 13 everything from the axis on is one line.
  return sameAxes(rank, version < 13 ? axesFrom(axis, rank) : [axis]);
}

/** Normalised from an axis to the last; scale and bias lie along those. */
function trailing({ node, shape }: RuleContext): OutputReads {
  const rank = shape(0).length;
  return sameAxes(rank, axesFrom(countedAxis(intOf(node, 'axis') ?? -1, rank), rank));
}

/** Axes from `first` on go together. */
function from(first: number): (context: RuleContext) => OutputReads {
  return ({ shape }) => sameAxes(shape(0).length, axesFrom(first, shape(0).length));
}

function meanVariance({ node, shape }: RuleContext): OutputReads {
  const rank = shape(0).length;
  return sameAxes(
    rank,
    (intsOf(node, 'axes') ?? [0, 2, 3]).map((axis) => countedAxis(axis, rank)),
  );
}

/** Rows of the first and columns of the second stay; batches broadcast. */
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

function gemm({ node }: RuleContext): OutputReads {
  const isTurned = (name: string) => (intOf(node, name) ?? 0) !== 0;
  return [
    [{ input: 0, axis: isTurned('transA') ? 1 : 0, reads: own }],
    [{ input: 1, axis: isTurned('transB') ? 0 : 1, reads: own }],
  ];
}

const sums = ['ReduceSum', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceProd'];

export const reducingReads: readonly (readonly [string, OperatorReads])[] = [
  ...sums.map((name) => [name, oneOutput('sums over', reduction, [1])] as const),
  ['ReduceMean', oneOutput('averages over', reduction, [1])],
  ['ReduceMax', oneOutput('takes the largest of', reduction, [1])],
  ['ReduceMin', oneOutput('takes the smallest of', reduction, [1])],
  ['ArgMax', oneOutput('looks for the largest of', argument)],
  ['ArgMin', oneOutput('looks for the smallest of', argument)],
  ['GlobalAveragePool', oneOutput('averages over', from(2))],
  ['GlobalMaxPool', oneOutput('takes the largest of', from(2))],
  ['GlobalLpPool', oneOutput('sums over', from(2))],
  ['InstanceNormalization', oneOutput('normalises over', from(2))],
  ['GroupNormalization', oneOutput('normalises over', from(1))],
  ['LayerNormalization', oneOutput('normalises over', trailing)],
  ['RMSNormalization', oneOutput('normalises over', trailing)],
  ['LpNormalization', oneOutput('normalises over', lastOrNamed)],
  ['MeanVarianceNormalization', oneOutput('normalises over', meanVariance)],
  ['LRN', oneOutput('normalises over', ({ shape }) => sameAxes(shape(0).length, [1]))],
  ['Softmax', oneOutput('compares all positions of', softmax)],
  ['LogSoftmax', oneOutput('compares all positions of', softmax)],
  ['Hardmax', oneOutput('compares all positions of', softmax)],
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
  const axes = lastOrNamed(context);
  return [axes, axes];
}

function argument(context: RuleContext): OutputReads {
  return reduced(context, [countedAxis(intOf(context.node, 'axis') ?? 0, context.shape(0).length)]);
}

function cumulative(context: RuleContext): readonly OutputReads[] {
  const axis = context.numbers(1)?.[0];
  const rank = context.shape(0).length;
  if (axis === undefined) throw new NoReads('sums along an axis that is computed');
  return [sameAxes(rank, [countedAxis(axis, rank)])];
}
