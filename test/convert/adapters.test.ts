/** What signatures do not say of versions: each adapter's nodes, and results as before; refusals with their reasons. */
import { describe, expect, it } from 'vitest';
import { castInputs } from '../../src/convert/cast-inputs.js';
import { convertModel } from '../../src/convert/convert-model.js';
import { ModelSurroundings } from '../../src/convert/model-surroundings.js';
import { infer } from '../../src/infer/infer.js';
import { symbol } from '../../src/ir/dim.js';
import type { Graph, Value } from '../../src/ir/graph.js';
import type { Shape } from '../../src/ir/shape.js';
import { float32, int64, type Tensor } from '../../src/ir/tensor.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { differenceOf } from '../lower/nodes/node-case.js';
import { filled, modelOf } from '../rules/support.js';
import { GraphBuilder } from '../support/graph.js';
import type { AttributeInput } from '../support/run-operator.js';

interface Case {
  readonly op: string;
  readonly from: number;
  readonly to: number;
  /** The first one is fed. */
  readonly inputs: readonly Tensor[];
  readonly attributes?: Readonly<Record<string, AttributeInput>>;
  readonly outputs?: number;
  readonly gives: readonly string[];
}

const image = filled([1, 4, 2, 3], 5);
const float = (value: number) => ({ kind: 'float', value }) as const;
const scales = (...list: number[]) => float32([list.length], list);
const resizeBefore11 = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };

const cases: readonly Case[] = [
  {
    ...{ op: 'Add', from: 6, to: 7, inputs: [image, filled([4, 2])], attributes: { broadcast: 1, axis: 1 } },
    gives: ['Unsqueeze', 'Add'],
  },
  { op: 'Mul', from: 6, to: 14, inputs: [image, filled([2, 3])], attributes: { broadcast: 1 }, gives: ['Mul'] },
  { op: 'PRelu', from: 6, to: 9, inputs: [image, filled([4])], gives: ['Unsqueeze', 'PRelu'] },
  {
    op: 'Affine',
    from: 9,
    to: 10,
    inputs: [image],
    attributes: { alpha: float(2), beta: float(1) },
    gives: ['Mul', 'Add'],
  },
  {
    ...{ op: 'ScaledTanh', from: 8, to: 13, inputs: [image], attributes: { alpha: float(2), beta: float(0.5) } },
    gives: ['Mul', 'Tanh', 'Mul'],
  },
  {
    ...{ op: 'ImageScaler', from: 8, to: 11, inputs: [image] },
    attributes: { scale: float(0.5), bias: { kind: 'floats', value: [1, 2, 3, 4] } },
    gives: ['Mul', 'Add'],
  },
  { op: 'Crop', from: 8, to: 10, inputs: [image], attributes: { border: [1, 0, 1, 1] }, gives: ['Slice'] },
  { op: 'Max', from: 13, to: 9, inputs: [int64([2], [1, 5]), int64([2], [3, 4])], gives: ['Greater', 'Where'] },
  { op: 'Pow', from: 13, to: 9, inputs: [filled([3]), int64([], [2])], gives: ['Cast', 'Pow'] },
  { op: 'GreaterOrEqual', from: 16, to: 11, inputs: [filled([3]), filled([3], 2)], gives: ['Greater', 'Equal', 'Or'] },
  { op: 'Celu', from: 12, to: 11, inputs: [image], attributes: { alpha: float(0.5) }, gives: ['Div', 'Elu', 'Mul'] },
  { op: 'Mish', from: 18, to: 13, inputs: [image], gives: ['Softplus', 'Tanh', 'Mul'] },
  { op: 'Swish', from: 24, to: 9, inputs: [image], attributes: { alpha: float(2) }, gives: ['Mul', 'Sigmoid', 'Mul'] },
  { op: 'Gelu', from: 20, to: 9, inputs: [image], gives: ['Mul', 'Mul', 'Erf', 'Add', 'Mul'] },
  {
    ...{ op: 'Gelu', from: 20, to: 13, inputs: [image], attributes: { approximate: 'tanh' } },
    gives: ['Mul', 'Mul', 'Mul', 'Mul', 'Add', 'Mul', 'Tanh', 'Add', 'Mul'],
  },
  { op: 'CastLike', from: 15, to: 13, inputs: [image, int64([1], [1])], gives: ['Cast'] },
  { op: 'Softmax', from: 11, to: 13, inputs: [image], gives: ['Flatten', 'Softmax', 'Reshape'] },
  { op: 'Softmax', from: 11, to: 13, inputs: [filled([2, 5, 1, 1])], gives: ['Softmax'] },
  {
    op: 'LogSoftmax',
    from: 13,
    to: 11,
    inputs: [image],
    attributes: { axis: 1 },
    gives: ['Transpose', 'LogSoftmax', 'Transpose'],
  },
  { op: 'Softmax', from: 13, to: 9, inputs: [image], gives: ['Softmax'] },
  { op: 'ReduceSum', from: 13, to: 11, inputs: [image], attributes: { noop_with_empty_axes: 1 }, gives: ['Identity'] },
  { op: 'ReduceMean', from: 18, to: 9, inputs: [image, int64([1], [-1])], gives: ['ReduceMean'] },
  {
    op: 'Split',
    from: 18,
    to: 13,
    inputs: [filled([5])],
    attributes: { num_outputs: 2 },
    outputs: 2,
    gives: ['Split'],
  },
  { op: 'Split', from: 11, to: 18, inputs: [filled([4])], outputs: 2, gives: ['Split'] },
  { op: 'Pad', from: 18, to: 9, inputs: [image, int64([2], [1, 2]), scales(), int64([1], [3])], gives: ['Pad'] },
  {
    op: 'Slice',
    from: 13,
    to: 9,
    inputs: [image, int64([1], [0]), int64([1], [2n ** 63n - 1n]), int64([1], [-1])],
    gives: ['Slice'],
  },
  {
    op: 'DepthToSpace',
    from: 13,
    to: 10,
    inputs: [image],
    attributes: { blocksize: 2, mode: 'CRD' },
    gives: ['Gather', 'DepthToSpace'],
  },
  { op: 'Shape', from: 15, to: 9, inputs: [image], attributes: { start: 1, end: -1 }, gives: ['Shape', 'Slice'] },
  {
    op: 'Upsample',
    from: 7,
    to: 19,
    inputs: [image],
    attributes: { scales: { kind: 'floats', value: [1, 1, 2, 3] } },
    gives: ['Resize'],
  },
  { op: 'Upsample', from: 9, to: 8, inputs: [image, scales(1, 1, 2, 2)], gives: ['Upsample'] },
  { op: 'Resize', from: 10, to: 11, inputs: [image, scales(1, 1, 0.5, 0.7)], gives: ['Resize'] },
  {
    op: 'Resize',
    from: 10,
    to: 13,
    inputs: [image, scales(1, 1, 2, 2)],
    attributes: { mode: 'linear' },
    gives: ['Resize'],
  },
  {
    op: 'Resize',
    from: 11,
    to: 9,
    inputs: [image, scales(), scales(1, 1, 2, 2)],
    attributes: resizeBefore11,
    gives: ['Upsample'],
  },
  { op: 'Resize', from: 11, to: 10, inputs: [image, scales(), scales(1, 1, 3, 2)], gives: ['Resize'] },
  { op: 'Resize', from: 11, to: 10, inputs: [image, scales(), scales(), int64([4], [1, 4, 4, 6])], gives: ['Resize'] },
  {
    op: 'Resize',
    from: 18,
    to: 11,
    inputs: [image, scales(), scales(2, 2)],
    attributes: { axes: [2, -1], mode: 'cubic' },
    gives: ['Resize'],
  },
  {
    ...{ op: 'GridSample', from: 20, to: 16, inputs: [image, filled([1, 2, 2, 2])], attributes: { mode: 'cubic' } },
    gives: ['GridSample'],
  },
  { op: 'GridSample', from: 16, to: 20, inputs: [image, filled([1, 2, 2, 2])], gives: ['GridSample'] },
  {
    ...{ op: 'Scatter', from: 10, to: 16, inputs: [filled([3]), int64([1], [1]), filled([1], 2)] },
    gives: ['ScatterElements'],
  },
  { op: 'Gemm', from: 11, to: 9, inputs: [filled([2, 3]), filled([3, 2], 2)], gives: ['Gemm'] },
  { op: 'Dropout', from: 12, to: 10, inputs: [image, float32([], [0.25])], gives: ['Dropout'] },
  { op: 'TopK', from: 11, to: 9, inputs: [filled([5]), int64([1], [2])], outputs: 2, gives: ['TopK'] },
  {
    ...{ op: 'LayerNormalization', from: 17, to: 16, inputs: [image, filled([3]), filled([3], 2)], outputs: 3 },
    gives: ['ReduceMean', 'Sub', 'Mul', 'ReduceMean', 'Add', 'Sqrt', 'Reciprocal', 'Div', 'Mul', 'Add'],
  },
  {
    ...{ op: 'GroupNormalization', from: 21, to: 17, inputs: [image, filled([4]), filled([4], 2)] },
    attributes: { num_groups: 2 },
    gives: ['Reshape', 'InstanceNormalization', 'Shape', 'Reshape', 'Reshape', 'Mul', 'Reshape', 'Add'],
  },
  {
    ...{ op: 'GroupNormalization', from: 18, to: 21, inputs: [image, filled([2]), filled([2], 2)] },
    ...{ attributes: { num_groups: 2 }, gives: ['GroupNormalization'] },
  },
];

function graphOf({ op, from, inputs, attributes = {}, outputs = 1 }: Omit<Case, 'to' | 'gives'>, shape?: Shape): Graph {
  const builder = new GraphBuilder(from);
  const values = inputs.map((tensor, i): Value | undefined => {
    if (i === 0) return builder.input('x', shape ?? tensor.dims, tensor.type);
    return tensor.size === 0 ? undefined : builder.constant(tensor);
  });
  // Set 11 wants roi and scales to be there, empty where they mean nothing.
  const isFull = op === 'Resize' && from === 11;
  const present = values.map((value, i) => value ?? (isFull ? builder.constant(inputs[i]!) : undefined));
  return builder.graph(...builder.addMany(op, present, outputs, attributes));
}

const run = (graph: Graph, x: Tensor) => execute(scheduleReferences(graph), [x]).outputs;

describe('an adapter', () => {
  it.each(cases)('takes $op from set $from to set $to', ({ gives, to, ...test }) => {
    const graph = graphOf(test);
    const { model, refused } = convertModel(modelOf(graph), to, infer(graph));
    expect(refused).toEqual([]);
    expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(gives);
    const placed = { ...model.graph, nodes: model.graph.nodes.map((node) => ({ ...node, opset: to })) };
    expect(infer(placed).diagnostics).toEqual([]);
    const [expected, actual] = [graph, placed].map((item) => run(item, test.inputs[0]!));
    expected!.forEach((tensor, i) => {
      expect(differenceOf(actual![i]!, tensor, { tolerance: 1e-6 })).toBe(undefined);
    });
  });
});

it('inputs of a node of very many are looked at once', () => {
  const builder = new GraphBuilder(21);
  const x = builder.input('x', [1]);
  const graph = builder.graph(builder.add('Concat', new Array<Value>(50_000).fill(x), { axis: 0 }));
  const around = new ModelSurroundings(modelOf(graph), infer(graph));
  expect(castInputs(graph.nodes[0]!, around)).toBe(undefined);
});

it('a mask that nothing reads is left out', () => {
  const builder = new GraphBuilder(7);
  const [y] = builder.addMany('Dropout', [builder.input('x', image.dims)], 2, {});
  const graph = builder.graph(y!);
  const { model, refused } = convertModel(modelOf(graph), 13, infer(graph));
  expect(refused).toEqual([]);
  expect(model.graph.nodes[0]!.outputs).toEqual([y]);
});

const open: Shape = [symbol('N'), 4, symbol('H'), symbol('W')];

it('a Reshape to a computed shape loses its leave for zeros where no size can be one', () => {
  const builder = new GraphBuilder(18);
  const x = builder.input('x', [symbol('N'), 6]);
  const batch = builder.add('Shape', [x], { end: { kind: 'int', value: 1n } });
  const shape = builder.add('Concat', [batch, builder.constant(int64([2], [2, 3]))], { axis: 0 });
  const graph = builder.graph(builder.add('Reshape', [x, shape], { allowzero: 1 }));
  const { model, refused } = convertModel(modelOf(graph), 13, infer(graph));
  expect(refused).toEqual([]);
  const [reshape] = model.graph.nodes.filter(({ opType }) => opType === 'Reshape');
  expect([...reshape!.attributes.keys()]).toEqual([]);
});

describe('a node is refused', () => {
  it.each<readonly [string, number, number, Omit<Case, 'to' | 'from' | 'gives' | 'op'>, string]>([
    [
      'Trilu',
      14,
      13,
      { inputs: [filled([2, 2])] },
      'Trilu is not there before set 14, and nothing that is known computes the same',
    ],
    [
      'Slice',
      10,
      9,
      { inputs: [image, int64([1], [0]), int64([1], [9]), int64([1], [3]), int64([1], [2])] },
      'it steps over elements, and steps are not there before set 10',
    ],
    [
      'Split',
      18,
      17,
      { inputs: [image], attributes: { num_outputs: 2, axis: 2 }, outputs: 2 },
      '2 parts of H might be unequal, which is not there before set 18',
    ],
    [
      'Resize',
      11,
      10,
      { inputs: [image, scales(), scales(1, 1, 2, 2)], attributes: { mode: 'linear' } },
      'its coordinates are half_pixel, and before set 11 there are only those called asymmetric',
    ],
    [
      'Resize',
      11,
      10,
      { inputs: [image, scales(), scales(), int64([4], [1, 4, 4, 6])] },
      'it is told sizes, and the size of its input is open',
    ],
    [
      'MaxPool',
      10,
      9,
      { inputs: [image], attributes: { kernel_shape: [2, 2], ceil_mode: 1 } },
      'its attribute ceil_mode = true is not there before set 10',
    ],
    [
      'Relu',
      14,
      13,
      { inputs: [int64([1], [1])] },
      'X has an element type that Relu does not take (int64; it takes float32, float16, float64, bfloat16)',
    ],
    [
      'ReduceSumSquare',
      18,
      13,
      { inputs: [image], attributes: { noop_with_empty_axes: 1 } },
      'it reduces no axis, and changes the elements all the same',
    ],
    [
      'BatchNormalization',
      8,
      9,
      {
        inputs: [image, filled([4, 2, 3]), filled([4, 2, 3]), filled([4, 2, 3]), filled([4, 2, 3])],
        attributes: { spatial: 0 },
      },
      'its attribute spatial = false is not there from set 9 on',
    ],
    [
      'OneHot',
      9,
      11,
      { inputs: [int64([1], [-1]), int64([], [2]), float32([2], [0, 1])] },
      "'x' might be negative, which means something else from set 11 on",
    ],
    ...(
      [
        [10, 12],
        [13, 11],
      ] as const
    ).map(
      ([from, to]) =>
        [
          ...(['Dropout', from, to] as const),
          { inputs: [image], outputs: 2 },
          'its mask is read, which is all true from set 12 on, and all false before in onnxruntime',
        ] as const,
    ),
    [
      'Dropout',
      9,
      10,
      { inputs: [image], outputs: 2 },
      'its mask is of bool from set 10 on, and of the type of the data before',
    ],
  ])('%s of set %i for set %i', (op, from, to, test, reason) => {
    const graph = graphOf({ op, from, ...test }, test.inputs[0] === image ? open : undefined);
    const { refused } = convertModel(modelOf(graph), to, infer(graph));
    expect(refused.map((item) => item.reason)).toEqual([reason]);
  });
});
