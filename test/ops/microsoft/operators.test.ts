/** Operators of com.microsoft: values written out, what is open, and what does not fit. */
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import { symbol } from '../../../src/ir/dim.js';
import { Value } from '../../../src/ir/graph.js';
import type { Shape } from '../../../src/ir/shape.js';
import { float32, int64 } from '../../../src/ir/tensor.js';
import { microsoftNodes } from '../../support/microsoft-nodes.js';
import { graphOf, inferOperator, type OperatorCase, runOperator } from '../../support/run-operator.js';
import { elementsOf, floats, tensor } from '../../support/tensors.js';

const domain = 'com.microsoft';
const scale = (value: number) => float32([], [value]);
const byte = (value: number) => tensor('uint8', [value], []);
const run = (test: Omit<OperatorCase, 'domain'>) => elementsOf(runOperator({ domain, opset: 1, ...test })[0]);
const inferred = (test: Omit<Parameters<typeof inferOperator>[0], 'domain'>) =>
  inferOperator({ domain, opset: 1, ...test });

/** Each element is (q − 10)/2. */
const halves = (values: readonly number[], dims?: number[]) =>
  [tensor('uint8', values, dims), scale(0.5), byte(10)] as const;

describe('values', () => {
  it.each<[Omit<OperatorCase, 'domain'>, readonly number[]]>([
    // 1 + 2, −5 + 0.5 and 122.5 + 122.5, in steps of 1 from −4.
    [{ op: 'QLinearAdd', inputs: [...halves([12, 0, 255]), ...halves([14, 11, 255]), scale(1), byte(4)] }, [7, 0, 249]],
    [{ op: 'QLinearMul', inputs: [...halves([12, 0, 14]), ...halves([14]), scale(1), byte(100)] }, [102, 90, 104]],
    // Absent zero points are 0.
    [
      {
        op: 'QLinearAdd',
        inputs: [tensor('int8', [-4, 3]), scale(1), undefined, tensor('int8', [-4]), scale(2), undefined, scale(1)],
      },
      [-12, -5],
    ],
    // Of 0x9a, the lower half comes first: 10 − 8 and 9 − 8, halved.
    [
      {
        op: 'MatMulNBits',
        inputs: [float32([1, 2], [4, 6]), tensor('uint8', [0x9a, 0, 0, 0, 0, 0, 0, 0], [1, 1, 8]), float32([1], [0.5])],
        attributes: { K: 2, N: 1, block_size: 16 },
      },
      [7],
    ],
    // In groups by index, and with zero points that are floats: (3 − 1) · 1 and (2 − 0.5) · 4 of two bits.
    [
      {
        op: 'MatMulNBits',
        inputs: [
          float32([32], [1, 1, ...new Array<number>(30).fill(0)]),
          tensor('uint8', [0b1011, ...new Array<number>(7).fill(0)], [1, 2, 4]),
          float32([2], [1, 4]),
          float32([2], [1, 0.5]),
          tensor('int32', [0, 1, ...new Array<number>(30).fill(0)], [32]),
        ],
        attributes: { K: 32, N: 1, bits: 2, block_size: 16 },
      },
      [8],
    ],
    // σ(0) = 1/2 and σ(±∞), in steps of 1/256.
    [{ op: 'QLinearSigmoid', inputs: [...halves([10, 255, 0]), scale(1 / 256), byte(0)] }, [128, 255, 2]],
    [
      {
        op: 'QLinearLeakyRelu',
        inputs: [...halves([10, 14, 2]), scale(0.5), byte(10)],
        attributes: floats({ alpha: 0.25 }),
      },
      [10, 14, 8],
    ],
    [
      {
        op: 'QLinearWhere',
        inputs: [tensor('bool', [1, 0]), ...halves([12, 12]), ...halves([20, 20]), scale(1), byte(0)],
      },
      [1, 5],
    ],
    [
      {
        op: 'QLinearConcat',
        inputs: [scale(1), byte(5), ...halves([12, 14]), ...halves([10])],
        attributes: { axis: 0 },
      },
      [6, 7, 5],
    ],
    [
      {
        op: 'QLinearAveragePool',
        inputs: [...halves([10, 14, 20], [1, 1, 3]), scale(0.5), byte(0)],
        attributes: { kernel_shape: [2] },
      },
      [2, 7],
    ],
    [
      {
        op: 'QLinearGlobalAveragePool',
        inputs: [...halves([10, 20, 14, 16], [1, 2, 2]), scale(1), byte(0)],
        attributes: { channels_last: 1 },
      },
      [1, 4],
    ],
    [
      { op: 'NhwcMaxPool', inputs: [tensor('uint8', [1, 8, 3, 4], [1, 2, 2])], attributes: { kernel_shape: [2] } },
      [3, 8],
    ],
    // Two equal numbers have a half each.
    [
      { op: 'QLinearSoftmax', inputs: [...halves([7, 7], [1, 2]), scale(1 / 256), byte(0)], attributes: { opset: 13 } },
      [128, 128],
    ],
    // (1·1 + 2·3 + 10) · 0.5 · 0.5 / 0.25 + 1.
    [
      {
        op: 'QGemm',
        inputs: [...halves([11, 12], [1, 2]), ...halves([11, 13], [2, 1]), tensor('int32', [10]), scale(0.25), byte(1)],
      },
      [18],
    ],
    [
      {
        op: 'MatMulIntegerToFloat',
        inputs: [tensor('uint8', [1, 2], [1, 2]), tensor('int8', [3, -4], [2, 1]), scale(0.5), scale(2), byte(1)],
      },
      [-4],
    ],
    // 255 is quantized to itself.
    [
      { op: 'DynamicQuantizeMatMul', inputs: [float32([1, 2], [0, 255]), tensor('int8', [1, 2], [2, 1]), scale(0.5)] },
      [255],
    ],
    [{ op: 'QuantizeLinear', inputs: [float32([3], [-1, 0.75, 400]), scale(0.5), byte(10)] }, [8, 12, 255]],
    [{ op: 'DequantizeLinear', inputs: [...halves([8, 12])] }, [-1, 1]],
    [
      {
        op: 'FusedConv',
        inputs: [
          float32([1, 1, 3], [1, 2, -9]),
          float32([1, 1, 2], [1, 1]),
          float32([1], [1]),
          float32([1, 1, 2], [0, 1]),
        ],
        attributes: { activation: 'Relu' },
      },
      [4, 0],
    ],
    [
      {
        op: 'ConvTransposeWithDynamicPads',
        inputs: [float32([1, 1, 2], [1, 2]), float32([1, 1, 2], [1, 10]), int64([2], [1, 0])],
        attributes: { strides: [2] },
      },
      [10, 2, 20],
    ],
    [
      {
        op: 'FusedMatMul',
        inputs: [float32([2, 1], [1, 2]), float32([2, 1], [3, 4])],
        attributes: { transA: 1, ...floats({ alpha: 2 }) },
      },
      [22],
    ],
    [
      { op: 'TransposeMatMul', inputs: [float32([1, 2], [1, 2]), float32([1, 2], [3, 4])], attributes: { transB: 1 } },
      [11],
    ],
    [
      {
        op: 'FusedGemm',
        inputs: [float32([1, 1], [-3]), float32([1, 1], [2])],
        attributes: { activation: 'LeakyRelu', ...floats({ activation_alpha: 0.5 }) },
      },
      [-3],
    ],
  ])('of %o', (test, expected) => {
    expect(run(test)).toEqual(expected);
  });

  it.each([
    ['Gelu', [float32([2], [0, 1])], [0, 0.8413447]],
    ['FastGelu', [float32([2], [-1, 0]), float32([2], [2, 0])], [0.841192, 0]],
    ['BiasGelu', [float32([2], [-1, 0]), float32([2], [2, 0])], [0.8413447, 0]],
    ['QuickGelu', [float32([2], [0, 1])], [0, 0.8457958]],
    ['SkipLayerNormalization', [float32([1, 2], [1, 2]), float32([1, 2], [0, 1]), float32([2], [1, 3])], [-1, 3]],
    [
      'SkipSimplifiedLayerNormalization',
      [float32([1, 2], [1, 3]), float32([1, 2], [2, 1]), float32([2], [1, 1])],
      [0.848528, 1.131371],
    ],
  ])('of %s', (op, inputs, expected) => {
    run({ op, inputs }).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
  });

  it('of SimplifiedLayerNormalization, which is in the domain of ONNX', () => {
    const [y, inverse] = runOperator({
      op: 'SimplifiedLayerNormalization',
      inputs: [float32([2], [3, 4]), float32([2], [1, 10])],
      attributes: floats({ epsilon: 0 }),
      outputs: 2,
    });
    const root = Math.sqrt(12.5);
    expect(elementsOf(y)).toEqual([Math.fround(3 / root), Math.fround(40 / root)]);
    expect(elementsOf(inverse)).toEqual([Math.fround(1 / root)]);
  });
});

describe('shapes', () => {
  const [n, h, w] = [symbol('N', { min: 1 }), symbol('H', { min: 1 }), symbol('W', { min: 1 })];

  it('of channels last stay where they are', () => {
    const { shapes } = inferred({
      op: 'NhwcMaxPool',
      inputs: [[n, h, w, 3]],
      attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    });
    expect(`${shapes[0]}`).toBe(`${n},floor(H/2),floor(W/2),3`);
  });

  it('of joined tensors are added along the axis', () => {
    const bytes = (shape: Shape) => ({ kind: 'tensor', elementType: 'uint8', shape }) as const;
    const inputs = [scale(1), byte(0), ...halves([0]), ...halves([0])];
    const graph = graphOf({ domain, opset: 1, op: 'QLinearConcat', inputs, attributes: { axis: 1 } });
    const declared = [[], [], [n, 2, h], [], [], [n, 3, h], [], []].map(bytes);
    const values = graph.inputs.map((value, i) => ([0, 3, 6].includes(i) ? value : new Value(value.name, declared[i])));
    const { types } = infer({ ...graph, inputs: values, nodes: [{ ...graph.nodes[0]!, inputs: values }] });
    expect(types.get(graph.outputs[0]!)).toEqual({ elementType: 'uint8', shape: [n, 5, h] });
  });

  it('of transposed batches have the first axis as rows', () => {
    const attributes = { transBatchA: 1, transB: 1 };
    expect(
      inferred({
        op: 'FusedMatMul',
        inputs: [
          [5, n, 4],
          [n, 7, 4],
        ],
        attributes,
      }).shapes,
    ).toEqual([[n, 5, 7]]);
  });

  it('with pads that are computed keep batch and channels', () => {
    const { shapes, diagnostics } = inferred({
      op: 'ConvTransposeWithDynamicPads',
      inputs: [[n, 2, 5, 5], [2, 3, 3, 3], [4], [3]],
    });
    expect(shapes[0]!.slice(0, 2)).toEqual([n, 3]);
    expect(shapes[0]!.slice(2).every((dim) => typeof dim !== 'number')).toBe(true);
    expect(diagnostics).toEqual([]);
  });

  it('of unknown ranks are unknown', () => {
    for (const test of microsoftNodes) {
      const graph = graphOf(test);
      const values = graph.nodes[0]!.inputs.map(
        (value, i) =>
          value && new Value(value.name, { kind: 'tensor', elementType: test.inputs[i]!.type, shape: undefined }),
      );
      const inputs = values.filter((value) => value !== undefined);
      const { types, diagnostics } = infer({ ...graph, inputs, nodes: [{ ...graph.nodes[0]!, inputs: values }] });
      expect([test.title, types.get(graph.outputs[0]!)?.elementType]).toEqual([test.title, test.expected[0]!.type]);
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    }
  });
});

describe('what does not fit', () => {
  const problems = (test: Parameters<typeof inferred>[0]) =>
    inferred(test).diagnostics.map(({ code, message }) => `${code} ${message}`);

  it('is a tensor without scale and zero point', () => {
    expect(problems({ op: 'QLinearConcat', inputs: [[], [], [2], []], attributes: { axis: 0 } })).toEqual([
      'US1306 QLinearConcat takes a tensor, its scale and its zero point for each tensor that it joins',
    ]);
  });

  it('is a joined tensor of another type', () => {
    const inputs = [scale(1), byte(0), tensor('int8', [1]), scale(1), byte(0)];
    expect(problems({ op: 'QLinearConcat', inputs, attributes: { axis: 0 } })[0]).toMatch(/^US1210/);
  });

  it('is an activation that is not fused, or has no parameters', () => {
    const inputs = [
      [1, 1, 3],
      [1, 1, 2],
    ];
    expect(problems({ op: 'FusedConv', inputs, attributes: { activation: 'Erf' } })).toEqual([
      'US1304 the activation is not one that onnxruntime fuses',
    ]);
    expect(problems({ op: 'FusedConv', inputs, attributes: { activation: 'Clip' } })).toEqual([
      'US1304 the activation Clip needs its parameters',
    ]);
  });

  it('is, for other tools, what onnxruntime has in the domain of ONNX', () => {
    const told = (op: string, opset: number) =>
      inferOperator({
        op,
        opset,
        inputs: [[2, 8], [8]],
      }).diagnostics.map(({ code, severity, message }) => `${code} ${severity} ${message}`);
    const only = 'US1309 warning only onnxruntime has';
    expect(told('LayerNormalization', 13)).toEqual([`${only} LayerNormalization in this operator set`]);
    expect(told('LayerNormalization', 17)).toEqual([]);
    expect(told('SimplifiedLayerNormalization', 20)).toEqual([
      `${only} SimplifiedLayerNormalization in this operator set`,
    ]);
  });

  it('is a scale of several numbers', () => {
    const inputs = [[3], [2], [], [3], [], [], [], []];
    expect(problems({ op: 'QLinearAdd', inputs })[0]).toMatch(/^US1205 A_scale/);
  });

  it('is a packing that is none, or has other counts', () => {
    const attributes = { K: 20, N: 3, block_size: 16 };
    const ofShapes = (...inputs: (Shape | undefined)[]) => problems({ op: 'MatMulNBits', inputs, attributes });
    expect(ofShapes([2, 20], [3, 2, 8], [6])).toEqual([]);
    expect(ofShapes([2, 19], [3, 2, 8], [6])).toEqual(['US1202 the last axis of A is not K']);
    expect(ofShapes([2, 20], [3, 1, 8], [6])[0]).toMatch(/^US1202 B does not have as many elements/);
    expect(ofShapes([2, 20], [3, 2, 8], [5])[0]).toMatch(/^US1202 scales does not/);
    expect(ofShapes([2, 20], [3, 2, 8], [6], undefined, undefined, [2])[0]).toMatch(/^US1202 bias does not/);
    const small = {
      op: 'MatMulNBits',
      inputs: [[2, 20], [3, 2, 8], [6]],
      attributes: { ...attributes, block_size: 0 },
    };
    expect(problems(small)).toEqual(["US1304 the attribute 'block_size' must be at least 16"]);
  });
});
