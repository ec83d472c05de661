/** Where runtimes part: what the rules say is what running onnxruntime, OpenVINO and OpenCV gave. */
import { describe, expect, it } from 'vitest';
import { type Dim, symbol } from '../../src/ir/dim.js';
import type { Value } from '../../src/ir/graph.js';
import type { Shape } from '../../src/ir/shape.js';
import { bool, float32, int64 } from '../../src/ir/tensor.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { explicitSamePads } from '../../src/rules/fixes/same-dilated.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { GraphBuilder } from '../support/graph.js';
import type { AttributeInput } from '../support/run-operator.js';
import { contextOf, filled, findingsOf, modelOf, reread } from './support.js';

type Attributes = Readonly<Record<string, AttributeInput>>;
const [N, H, W] = ['N', 'H', 'W'].map((name) => symbol(name)) as [Dim, Dim, Dim];

function single(
  opType: string,
  shape: Shape,
  attributes: Attributes,
  opset = 22,
  constants: Parameters<GraphBuilder['constant']>[0][] = [],
) {
  const builder = new GraphBuilder(opset);
  const x = builder.input('x', shape);
  return reread(
    modelOf(builder.graph(builder.add(opType, [x, ...constants.map((c) => builder.constant(c))], attributes))),
  );
}

const pool = (opType: string, shape: Shape, attributes: Attributes) => single(opType, shape, attributes);
const conv = (shape: Shape, attributes: Attributes) => single('Conv', shape, attributes, 22, [filled([2, 2, 3, 3])]);

describe('US1711: SAME with dilations', () => {
  const dilated = { auto_pad: 'SAME_UPPER', dilations: [2, 3] };

  it('of a Conv, whose pads are known with stride 1 for any size', () => {
    const [found] = findingsOf(conv([N, 2, H, W], dilated), 'US1711');
    expect(found).toMatchObject({ node: { opType: 'Conv' }, data: { pads: [2, 3, 2, 3] }, severity: 'warning' });
    expect(found!.message).toContain('stops in the run');
    expect(found!.hint).toContain('pads = [2, 3, 2, 3]');
  });

  it('of a Conv with strides, whose pads depend on the size', () => {
    const strided = { ...dilated, strides: [2, 2] };
    expect(findingsOf(conv([1, 2, H, W], strided), 'US1711')[0]!.data).not.toHaveProperty('pads');
    expect(findingsOf(conv([1, 2, 8, 8], strided), 'US1711')[0]!.data).toMatchObject({ pads: [1, 2, 2, 3] });
  });

  // onnxruntime 1.15 to 1.32: 8 elements under a kernel of 3 with dilation 3 give 4 windows, with stride 2 two.
  it.each([
    [1, 8, 4],
    [2, 4, 2],
  ])('of a pooling with stride %i: %i windows, onnxruntime makes %i', (stride, made, others) => {
    for (const opType of ['MaxPool', 'AveragePool', 'LpPool']) {
      const attributes = { auto_pad: 'SAME_LOWER', kernel_shape: [3, 3], dilations: [3, 3], strides: [stride, stride] };
      expect(findingsOf(pool(opType, [1, 1, 8, 8], attributes), 'US1711')[0]!.data).toMatchObject({ made, others });
    }
  });

  it('not without dilations, without SAME, or of a kernel of one element', () => {
    expect(findingsOf(conv([1, 2, 8, 8], { auto_pad: 'SAME_UPPER', dilations: [1, 1] }), 'US1711')).toEqual([]);
    expect(findingsOf(conv([1, 2, 8, 8], { auto_pad: 'VALID', dilations: [2, 2] }), 'US1711')).toEqual([]);
    const single1 = { auto_pad: 'SAME_UPPER', kernel_shape: [1, 1], dilations: [2, 2] };
    expect(findingsOf(pool('MaxPool', [1, 2, 8, 8], single1), 'US1711')).toEqual([]);
  });

  it.each([
    ['Conv', 'SAME_UPPER', [1, 1]],
    ['Conv', 'SAME_LOWER', [2, 3]],
    ['MaxPool', 'SAME_LOWER', [2, 1]],
    ['AveragePool', 'SAME_UPPER', [1, 2]],
  ] as const)('%s %s is fixed: the same bits with the pads', (opType, auto_pad, strides) => {
    const attributes = { auto_pad, dilations: [2, 3], strides, ...(opType !== 'Conv' && { kernel_shape: [3, 3] }) };
    const context = opType === 'Conv' ? conv([1, 2, 9, 8], attributes) : pool(opType, [1, 2, 9, 8], attributes);
    const { model, changes } = explicitSamePads.apply(context, new Set(['US1711']));
    expect(changes).toHaveLength(1);
    expect(findingsOf(contextOf(model), 'US1711')).toEqual([]);
    const feeds = [filled([1, 2, 9, 8])];
    const outputs = [context.model, model].map(({ graph }) => execute(scheduleReferences(graph), feeds).outputs[0]!);
    expect(outputs[1]).toEqual(outputs[0]);
  });
});

describe('US1712, US1713: reflection', () => {
  const reflect = (shape: Shape, pads: readonly number[], mode = 'reflect') =>
    single('Pad', shape, { mode }, 18, [int64([2 * shape.length], pads)]);
  const three = [0, 0, 3, 3, 0, 0, 3, 3];

  it.each([1, 2, 3])('of 3 elements at an axis of %i', (size) => {
    const [found] = findingsOf(reflect([1, 1, 8, size], three), 'US1712');
    expect(found!.data).toEqual({ axis: 3, size, before: 3, after: 3, least: 4 });
  });

  it('of open sizes: the bound, once for blocks that repeat', () => {
    const builder = new GraphBuilder(18);
    let x: Value = builder.input('x', [N, 1, H, W]);
    for (let i = 0; i < 3; i++) {
      x = builder.add('Pad', [x, builder.constant(int64([8], three))], { mode: 'reflect' });
      x = builder.add('Pad', [
        x,
        builder.constant(
          int64(
            [8],
            three.map((pad) => -pad),
          ),
        ),
      ]);
    }
    const context = reread(modelOf(builder.graph(x)));
    const found = findingsOf(context, 'US1713');
    expect(found.map(({ data }) => data)).toEqual([{ axes: [2, 3], sizes: ['H', 'W'], least: [4, 4] }]);
    expect(found[0]).toMatchObject({ severity: 'info', node: { index: 0 } });
    expect(findingsOf(context, 'US1712')).toEqual([]);
  });

  it('of pads that the size tells: up to whole windows of 4, that is, 3 at most and 2 where that is enough', () => {
    const builder = new GraphBuilder(18);
    const x = builder.input('x', [N, H]);
    const one = builder.constant(int64([1], [1]));
    const size = builder.add('Slice', [builder.add('Shape', [x]), one, builder.constant(int64([1], [2]))]);
    const missing = builder.add('Mod', [builder.add('Neg', [size]), builder.constant(int64([1], [4]))]);
    const pads = builder.add('Concat', [builder.constant(int64([3], [0, 0, 0])), missing], { axis: 0 });
    const context = reread(modelOf(builder.graph(builder.add('Pad', [x, pads], { mode: 'reflect' }))));
    const [found, ...others] = findingsOf(context, 'US1713');
    expect(others).toEqual([]);
    expect(found!.data).toMatchObject({ axes: [1], sizes: ['H'], tooSmall: ['H = 1, 2'] });
    expect(found!.actual).toBe('open sizes, too small where H = 1, 2');
  });

  it('not where there is enough, nor in other modes', () => {
    for (const context of [reflect([1, 1, 4, 4], three), reflect([1, 1, 2, H], three, 'edge')]) {
      expect([...findingsOf(context, 'US1712'), ...findingsOf(context, 'US1713')]).toEqual([]);
    }
  });
});

describe('US1714: Resize', () => {
  const resize = (attributes: Attributes, scales: readonly number[], shape: Shape = [1, 1, 6, 6], opset = 19) => {
    const builder = new GraphBuilder(opset);
    const x = builder.input('x', shape);
    const factors = builder.constant(float32([4], [1, 1, ...scales]));
    const inputs = opset < 11 ? [x, factors] : [x, undefined, factors];
    return reread(modelOf(builder.graph(builder.add('Resize', inputs, attributes))));
  };
  const kindOf = (context: ReturnType<typeof resize>) => findingsOf(context, 'US1714')[0]?.data['kind'];
  const nearest = (coordinate_transformation_mode: string, nearest_mode: string) => ({
    mode: 'nearest',
    coordinate_transformation_mode,
    nearest_mode,
  });

  // Of 6 elements. Who agreed with whom is what onnxruntime, OpenVINO and OpenCV 4.8, 4.12 and 5.0 gave.
  it.each([
    ['half_pixel', 'round_prefer_floor', 2, undefined],
    ['half_pixel', 'round_prefer_ceil', 0.5, undefined],
    ['half_pixel', 'round_prefer_floor', 0.5, 'nearest'],
    ['half_pixel', 'round_prefer_ceil', 1.7, 'fractional'],
    ['asymmetric', 'floor', 0.7, 'fractional'],
    ['half_pixel', 'floor', 2, 'nearest'],
    ['half_pixel', 'ceil', 2, 'nearest'],
    ['asymmetric', 'floor', 2, undefined],
    ['asymmetric', 'round_prefer_floor', 2, undefined],
    ['asymmetric', 'ceil', 2, 'nearest'],
    ['asymmetric', 'round_prefer_ceil', 2, 'nearest'],
    ['asymmetric', 'floor', 1.6, 'fractional'],
    ['asymmetric', 'floor', 1.5, undefined],
    ['align_corners', 'round_prefer_floor', 2, undefined],
    ['align_corners', 'floor', 2, 'nearest'],
    ['align_corners', 'round_prefer_floor', 0.7, 'align_corners'],
  ] as const)('nearest, %s, %s, scale %d: %s', (coordinates, rounding, scale, kind) => {
    const size = 6;
    expect(kindOf(resize(nearest(coordinates, rounding), [scale, scale], [1, 1, size, size]))).toBe(kind);
  });

  it('align_corners by scales that leave a fraction, of fixed sizes and of open ones', () => {
    const corners = { mode: 'linear', coordinate_transformation_mode: 'align_corners' };
    expect(kindOf(resize(corners, [0.5, 0.5], [1, 1, 5, 6]))).toBe('align_corners');
    expect(kindOf(resize(corners, [0.5, 0.5], [1, 1, 6, 6]))).toBeUndefined();
    expect(kindOf(resize(corners, [0.5, 0.5], [1, 1, H, W]))).toBe('align_corners');
    expect(kindOf(resize(corners, [2, 2], [1, 1, H, W]))).toBeUndefined();
  });

  it('linear and cubic: what OpenVINO and OpenCV do not read', () => {
    expect(kindOf(resize({ mode: 'linear' }, [2, 2]))).toBeUndefined();
    expect(kindOf(resize({ mode: 'linear' }, [1.6, 1]))).toBe('fractional');
    expect(kindOf(resize({ mode: 'linear' }, [0.5, 0.5], [1, 1, H, W]))).toBeUndefined();
    expect(kindOf(resize({ mode: 'cubic' }, [2, 2]))).toBeUndefined();
    expect(kindOf(resize({ mode: 'cubic', exclude_outside: 1 }, [2, 2]))).toBe('exclude_outside');
    expect(kindOf(resize({ mode: 'linear', antialias: 1 }, [0.5, 0.5]))).toBe('antialias');
    expect(kindOf(resize({ mode: 'linear', antialias: 1 }, [2, 2]))).toBeUndefined();
    expect(kindOf(resize({ mode: 'linear' }, [2, 2], [1, 1, H, W], 10))).toBe('set 10');
    expect(kindOf(resize({ mode: 'nearest' }, [2, 2], [1, 1, H, W], 10))).toBeUndefined();
  });
});

describe('US1715: the last window of ceil_mode', () => {
  const square = (size: Dim, kernel: number, stride: number, pad: number, more: Attributes = {}) =>
    [
      [1, 1, size, size],
      { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad], ceil_mode: 1, ...more },
    ] as const;
  const dataOf = (opType: string, given: ReturnType<typeof square>) =>
    findingsOf(pool(opType, ...given), 'US1715')[0]?.data;

  it('that begins in the end padding: OpenVINO makes 3 outputs of 5 elements, the specification 2', () => {
    const given = square(5, 2, 3, 1);
    expect(dataOf('MaxPool', given)).toMatchObject({ kind: 'begins in padding', axis: 2, isPossible: false });
    expect(dataOf('AveragePool', given)).toMatchObject({ kind: 'begins in padding' });
    expect(dataOf('MaxPool', square(5, 2, 2, 1))).toMatchObject({ kind: 'begins in padding' });
    expect(dataOf('MaxPool', square(6, 2, 2, 1))).toBeUndefined();
  });

  it('that may begin there, for open sizes', () => {
    expect(dataOf('MaxPool', square(H, 2, 2, 1))).toMatchObject({ kind: 'begins in padding', isPossible: true });
    // As in SqueezeNet and ResNets: a window of 3 with stride 2 never begins in one element of padding.
    expect(dataOf('MaxPool', square(H, 3, 2, 0))).toBeUndefined();
    expect(dataOf('MaxPool', square(H, 3, 2, 1))).toBeUndefined();
  });

  it('of averages that count padding, and of norms', () => {
    const counted = { count_include_pad: 1 };
    expect(dataOf('AveragePool', square(6, 3, 2, 1, counted))).toMatchObject({ kind: 'divisor' });
    expect(dataOf('AveragePool', square(5, 2, 2, 0, counted))).toMatchObject({ kind: 'divisor' });
    expect(dataOf('AveragePool', square(5, 3, 2, 1, counted))).toBeUndefined();
    expect(dataOf('AveragePool', square(6, 3, 2, 1))).toBeUndefined();
    expect(dataOf('LpPool', square(5, 2, 2, 0))).toMatchObject({ kind: 'norm' });
    expect(dataOf('LpPool', square(5, 3, 2, 1))).toBeUndefined();
  });
});

describe('US1716: a window larger than the padded input', () => {
  // onnxruntime from 1.21: one element of a window that overhangs by less than the stride, else none.
  it.each([
    ['MaxPool', 1, 2, 2],
    ['MaxPool', 3, 4, 2],
    ['AveragePool', 3, 4, 2],
    ['LpPool', 1, 2, 2],
  ])('%s of %i elements under a window of %i with stride %i', (opType, size, kernel, stride) => {
    const context = pool(opType, [1, 1, size, size], { kernel_shape: [kernel, kernel], strides: [stride, stride] });
    expect(findingsOf(context, 'US1716')[0]).toMatchObject({
      severity: 'warning',
      data: { axis: 2, input: size, window: kernel },
    });
    const { graph } = context.model;
    const data = filled([1, 1, size, size]);
    const [result] = execute(scheduleReferences(graph), [data]).outputs;
    expect(result!.dims).toEqual([1, 1, 1, 1]);
    const numbers = [...(data.data as Float32Array)];
    const expected = {
      MaxPool: Math.max(...numbers),
      AveragePool: numbers.reduce((sum, value) => sum + value, 0) / numbers.length,
      LpPool: Math.hypot(...numbers),
    }[opType]!;
    expect(Number(result!.data[0])).toBeCloseTo(expected, 4);
  });

  it('is an error where it overhangs by a stride or more', () => {
    const context = pool('MaxPool', [1, 1, 2, 2], { kernel_shape: [4, 4], strides: [2, 2] });
    expect(context.inference.diagnostics.map(({ code }) => code)).toEqual(['US1207']);
    expect(findingsOf(context, 'US1716')).toEqual([]);
  });

  it('says nothing of open sizes, of which those are legal that all tools agree on', () => {
    const context = pool('MaxPool', [1, 1, H, W], { kernel_shape: [2, 2], strides: [2, 2] });
    expect(findingsOf(context, 'US1716')).toEqual([]);
    expect(context.inference.constraints.length).toBeGreaterThan(0);
  });
});

describe('US1717: training mode', () => {
  const dropout = (isTraining: boolean, ratio: number) =>
    single('Dropout', [N, 3, H, W], {}, 14, [float32([], [ratio]), bool([], [isTraining])]);
  const normalization = (opset: number, outputs: number, attributes: Attributes) => {
    const builder = new GraphBuilder(opset);
    const x = builder.input('x', [N, 3, H, W]);
    const parameters = [1, 2, 3, 4].map((seed) => builder.constant(filled([3], seed)));
    const [y] = builder.addMany('BatchNormalization', [x, ...parameters], outputs, attributes);
    return reread(modelOf(builder.graph(y!)));
  };

  it('names the Dropout and its share', () => {
    const [found] = findingsOf(dropout(true, 0.25), 'US1717');
    expect(found).toMatchObject({ node: { opType: 'Dropout' }, hint: 'export again after model.eval()' });
    expect(found!.message).toContain('25 %');
  });

  it('names the BatchNormalization', () => {
    const [found] = findingsOf(normalization(14, 3, { training_mode: 1 }), 'US1717');
    expect(found).toMatchObject({ node: { opType: 'BatchNormalization' }, severity: 'warning' });
    expect(findingsOf(normalization(9, 5, {}), 'US1717')).toHaveLength(1);
  });

  it('says nothing of inference', () => {
    for (const context of [dropout(false, 0.5), dropout(true, 0), normalization(14, 1, {}), normalization(9, 1, {})])
      expect(findingsOf(context, 'US1717')).toEqual([]);
  });
});

describe('US1718: a MaxUnpool that makes less than its windows reach', () => {
  const unpool = (size: number | undefined, pooled: Dim) => {
    const builder = new GraphBuilder(22);
    const x = builder.input('x', [1, 1, pooled, pooled]);
    const windows = { kernel_shape: [2, 2], strides: [2, 2] };
    // The diagonal of a 5 × 5 picture.
    const indices = builder.constant(int64([1, 1, 3, 3], [0, 1, 2, 10, 12, 13, 20, 21, 24]));
    const shape = size === undefined ? [] : [builder.constant(int64([4], [1, 1, size, size]))];
    return reread(modelOf(builder.graph(builder.add('MaxUnpool', [x, indices, ...shape], windows))));
  };

  it('as after a pooling with ceil_mode, and its values are put back', () => {
    const context = unpool(5, 3);
    expect(findingsOf(context, 'US1718')[0]).toMatchObject({
      severity: 'warning',
      data: { axis: 2, asked: 5, reached: 6 },
    });
    const data = filled([1, 1, 3, 3]);
    const [made] = execute(scheduleReferences(context.model.graph), [data]).outputs;
    expect(made!.dims).toEqual([1, 1, 5, 5]);
    expect([made!.data[12], made!.data[24]]).toEqual([data.data[4], data.data[8]]);
  });

  it.each([
    ['the size that they reach', 6, 3],
    ['more', 7, 3],
    ['no output_shape', undefined, 3],
    ['an open size', 5, H],
  ] as const)('not with %s', (_, size, pooled) => {
    expect(findingsOf(unpool(size, pooled), 'US1718')).toEqual([]);
  });
});
