/** Operators that put the positions of some axes together: sums, softmax, normalisations, products. */
import { intOf, intsOf } from '../../ir/node-attributes.js';
import { countedAxis, sameAxes } from './elementwise.js';
import { own } from './reads.js';
import { type AxisSource, NoReads, type OperatorReads, type OutputReads, type RuleContext } from './rule.js';

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
  const all = intOf(node, 'noop_with_empty_axes') === 1 ? [] : Array.from({ length: rank }, (_, axis) => axis);
  return reduced(context, isAll ? all : listed.map((axis) => countedAxis(axis, rank)));
}

/** One axis by an attribute. */
function along(fallback: number, outputs: number, whole: string, parameters: readonly number[] = []): OperatorReads {
  return {
    parameters,
    whole,
    rule: ({ node, shape }) => {
      const rank = shape(0).length;
      const axes = sameAxes(rank, [countedAxis(intOf(node, 'axis') ?? fallback, rank)]);
      return new Array<OutputReads>(outputs).fill(axes);
    },
  };
}

function softmax({ node, shape, version }: RuleContext): OutputReads {
  const rank = shape(0).length;
  const axis = countedAxis(intOf(node, 'axis') ?? (version < 13 ? 1 : -1), rank);
  // Before version 13 everything from the axis on is one line.
  const line = version < 13 ? Array.from({ length: rank - axis }, (_, i) => axis + i) : [axis];
  return sameAxes(rank, line);
}

/** Normalised from an axis to the last; scale and bias lie along those. */
function trailing({ node, shape }: RuleContext): OutputReads {
  const rank = shape(0).length;
  const first = countedAxis(intOf(node, 'axis') ?? -1, rank);
  return sameAxes(
    rank,
    Array.from({ length: rank - first }, (_, i) => first + i),
  );
}

/** Axes from `first` on go together. */
const from = (first: number, whole: string): OperatorReads => ({
  parameters: [],
  whole,
  rule: ({ shape }) => {
    const rank = shape(0).length;
    return [
      sameAxes(
        rank,
        Array.from({ length: Math.max(0, rank - first) }, (_, i) => first + i),
      ),
    ];
  },
});

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

const alone = (whole: string, rule: (context: RuleContext) => OutputReads, parameters: readonly number[] = []) => ({
  parameters,
  whole,
  rule: (context: RuleContext) => [rule(context)],
});

const sums = ['ReduceSum', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceProd'];

export const reducingReads: readonly (readonly [string, OperatorReads])[] = [
  ...sums.map((name) => [name, alone('sums over', reduction, [1])] as const),
  ['ReduceMean', alone('averages over', reduction, [1])],
  ['ReduceMax', alone('takes the largest of', reduction, [1])],
  ['ReduceMin', alone('takes the smallest of', reduction, [1])],
  ['ArgMax', alone('looks for the largest of', argument)],
  ['ArgMin', alone('looks for the smallest of', argument)],
  ['GlobalAveragePool', from(2, 'averages over')],
  ['GlobalMaxPool', from(2, 'takes the largest of')],
  ['GlobalLpPool', from(2, 'sums over')],
  ['InstanceNormalization', from(2, 'normalises over')],
  ['GroupNormalization', from(1, 'normalises over')],
  ['LayerNormalization', alone('normalises over', trailing)],
  ['RMSNormalization', alone('normalises over', trailing)],
  ['LpNormalization', along(-1, 1, 'normalises over')],
  ['MeanVarianceNormalization', alone('normalises over', meanVariance)],
  ['LRN', alone('normalises over', ({ shape }) => sameAxes(shape(0).length, [1]))],
  ['Softmax', alone('compares all positions of', softmax)],
  ['LogSoftmax', alone('compares all positions of', softmax)],
  ['Hardmax', alone('compares all positions of', softmax)],
  ['TopK', along(-1, 2, 'sorts', [1])],
  ['CumSum', { ...along(0, 1, 'sums along', [1]), rule: cumulative }],
  ['CumProd', { ...along(0, 1, 'multiplies along', [1]), rule: cumulative }],
  ['DynamicQuantizeLinear', alone('scales by the range of', ({ shape }) => shape(0).map(() => []))],
  ['GRU', alone('runs along', () => [])],
  ['LSTM', alone('runs along', () => [])],
  ['RNN', alone('runs along', () => [])],
  ['GridSample', alone('samples all over', () => [])],
  ['MatMul', alone('multiplies matrices along', product)],
  ['MatMulInteger', alone('multiplies matrices along', product)],
  ['Gemm', alone('multiplies matrices along', gemm)],
];

function argument(context: RuleContext): OutputReads {
  return reduced(context, [countedAxis(intOf(context.node, 'axis') ?? 0, context.shape(0).length)]);
}

function cumulative(context: RuleContext): readonly OutputReads[] {
  const axis = context.numbers(1)?.[0];
  const rank = context.shape(0).length;
  if (axis === undefined) throw new NoReads('sums along an axis that is computed');
  return [sameAxes(rank, [countedAxis(axis, rank)])];
}
