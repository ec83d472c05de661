/** What the rules say of transposed convolutions; the facts about tools are those that running them gave. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiagnosticCode } from '../../src/diagnostics.js';
import { symbol } from '../../src/ir/dim.js';
import type { Shape } from '../../src/ir/shape.js';
import { float32 } from '../../src/ir/tensor.js';
import { scheduleReferences } from '../../src/plan/reference-schedule.js';
import { explicitPads } from '../../src/rules/fixes/explicit-pads.js';
import { explicitAxes, transposedConvolutions } from '../../src/rules/transposed/geometry.js';
import { overlapCounts } from '../../src/rules/transposed/overlap.js';
import { execute } from '../../src/runtime/reference-executor.js';
import { attributesOf, convTransposeCase, expectedSize, smallIntegers } from '../support/geometry.js';
import { GraphBuilder } from '../support/graph.js';
import type { AttributeInput } from '../support/run-operator.js';
import { codesOf, contextOf, filled, findingsOf, modelOf, reread, transposed } from './support.js';

interface Case {
  readonly code: DiagnosticCode;
  readonly name: string;
  readonly input: Shape;
  readonly kernel: readonly number[];
  readonly bad: Readonly<Record<string, AttributeInput>>;
  readonly good: Readonly<Record<string, AttributeInput>>;
}

const H = symbol('H');

const cases: readonly Case[] = [
  {
    code: 'US1401',
    name: 'output_padding as large as the stride',
    input: [4, 4],
    kernel: [4, 4],
    bad: { strides: [2, 2], output_padding: [1, 2] },
    good: { strides: [2, 2], output_padding: [1, 1] },
  },
  {
    code: 'US1404',
    name: 'output_padding below the dilation alone',
    input: [4, 4],
    kernel: [3, 3],
    bad: { dilations: [2, 2], output_padding: [1, 0] },
    good: { dilations: [2, 2] },
  },
  {
    code: 'US1402',
    name: 'output_shape a stride beyond the kernel',
    input: [4, 4],
    kernel: [2, 2],
    bad: { strides: [2, 2], output_shape: [10, 8] },
    good: { strides: [2, 2], output_shape: [9, 8] },
  },
  {
    code: 'US1403',
    name: 'pads that leave nothing',
    input: [3, 3],
    kernel: [2, 2],
    bad: { pads: [2, 0, 2, 0] },
    good: { pads: [1, 0, 2, 0] },
  },
  {
    code: 'US1405',
    name: 'SAME with output_padding',
    input: [4, H],
    kernel: [4, 4],
    bad: { strides: [2, 2], auto_pad: 'SAME_UPPER', output_padding: [0, 1] },
    good: { strides: [2, 2], auto_pad: 'VALID', output_padding: [0, 1] },
  },
  {
    code: 'US1406',
    name: 'SAME with a kernel below the stride',
    input: [H, H],
    kernel: [2, 2],
    bad: { strides: [3, 3], auto_pad: 'SAME_LOWER' },
    good: { strides: [2, 2], auto_pad: 'SAME_LOWER' },
  },
  {
    code: 'US1407',
    name: 'an odd crop by SAME',
    input: [H, 4],
    kernel: [3, 3],
    bad: { strides: [2, 2], auto_pad: 'SAME_UPPER' },
    good: { strides: [1, 1], auto_pad: 'SAME_UPPER' },
  },
  {
    code: 'US1407',
    name: 'an odd crop by output_shape',
    input: [4, 4],
    kernel: [3, 3],
    bad: { strides: [2, 2], output_shape: [8, 9] },
    good: { strides: [2, 2], output_shape: [7, 9] },
  },
  {
    code: 'US1408',
    name: 'output_shape against pads',
    input: [4, 4],
    kernel: [4, 4],
    bad: { strides: [2, 2], output_shape: [8, 8], pads: [0, 0, 2, 2] },
    good: { strides: [2, 2], output_shape: [8, 8], pads: [1, 1, 1, 1] },
  },
  {
    code: 'US1408',
    name: 'output_shape without pads',
    input: [4, 4],
    kernel: [4, 4],
    bad: { strides: [2, 2], output_shape: [8, 8] },
    good: { strides: [2, 2], output_shape: [10, 10] },
  },
  {
    code: 'US1409',
    name: 'output_shape of full rank',
    input: [4, 4],
    kernel: [2, 2],
    bad: { strides: [2, 2], output_shape: [1, 3, 8, 8] },
    good: { strides: [2, 2], output_shape: [8, 8] },
  },
  {
    code: 'US1410',
    name: 'auto_pad and pads',
    input: [4, 4],
    kernel: [2, 2],
    bad: { strides: [2, 2], auto_pad: 'VALID', pads: [0, 0, 0, 0] },
    good: { strides: [2, 2], auto_pad: 'NOTSET', pads: [0, 0, 0, 0] },
  },
  {
    code: 'US1411',
    name: 'a kernel that the stride does not divide',
    input: [4, 4],
    kernel: [3, 4],
    bad: { strides: [2, 2] },
    good: { strides: [1, 2] },
  },
  {
    code: 'US1412',
    name: 'a kernel below the stride',
    input: [4, 4],
    kernel: [2, 2],
    bad: { strides: [2, 3] },
    good: { strides: [2, 2] },
  },
];

describe('ConvTranspose', () => {
  it.each(cases)('$code: $name', ({ code, input, kernel, bad, good }) => {
    const [finding] = findingsOf(transposed(input, kernel, bad), code);
    expect(finding?.node?.opType).toBe('ConvTranspose');
    expect(findingsOf(transposed(input, kernel, good), code)).toEqual([]);
  });

  it('with explicit pads of a common kind has no finding at all', () => {
    expect(codesOf(transposed([H, H], [4, 4], { strides: [2, 2], pads: [1, 1, 1, 1] }))).toEqual([]);
    expect(codesOf(transposed([4, 4], [2, 2], { strides: [2, 2], output_shape: [8, 8], pads: [0, 0, 0, 0] }))).toEqual(
      [],
    );
  });

  it('says which side each tool crops', () => {
    const message = (attributes: Readonly<Record<string, AttributeInput>>) =>
      findingsOf(transposed([4, 4], [3, 3], { strides: [2, 2], ...attributes }), 'US1407')[0]!;
    expect(message({ auto_pad: 'SAME_UPPER' }).message).toBe(
      'auto_pad SAME_UPPER crops an odd number of elements along axes 2, 3 (1 along axis 2): onnxruntime before 1.13 crops one more at the beginning, the specification, onnxruntime since 1.13, TensorFlow and unstride at the end',
    );
    expect(message({ auto_pad: 'SAME_UPPER' }).hint).toBe('write it as pads = [0, 0, 1, 1]; unstride fix does it');
    expect(message({ auto_pad: 'SAME_LOWER' }).message).toContain('onnxruntime before 1.13 crops one more at the end,');
    expect(message({ auto_pad: 'SAME_LOWER' }).hint).toContain('pads = [1, 1, 0, 0]');
    expect(message({ output_shape: [8, 8] }).message).toContain('onnxruntime before 1.14 crops one more at the end,');
    expect(message({ output_shape: [8, 8] }).hint).toContain('pads = [1, 1, 0, 0]');
  });

  it('names the sizes that tools make of SAME with output_padding', () => {
    const [finding] = findingsOf(
      transposed([4, H], [3, 3], { strides: [2, 2], auto_pad: 'SAME_UPPER', output_padding: [1, 1] }),
      'US1405',
    );
    expect(finding!.message).toBe(
      "auto_pad SAME_UPPER with output_padding: onnxruntime, OpenVINO, TVM and unstride make [8, 2*H], ONNX's shape inference says [9, 2*H + 1]",
    );
    expect(finding!.hint).toContain('pads = [1, 1, 0, 0]');
  });

  it('has no pads to offer where output_shape meets an open size', () => {
    const [finding] = findingsOf(transposed([H, 4], [4, 4], { strides: [2, 2], output_shape: [8, 8] }), 'US1408');
    expect(finding!.message).toContain('for every size of the input');
    expect(finding!.hint).toContain('the pads depend on the size of the input');
  });

  it('is not looked at where its attributes do not fit: inference says so', () => {
    expect(codesOf(transposed([4, 4], [3, 3], { strides: [2], auto_pad: 'SAME_UPPER' }))).toEqual([]);
    expect(codesOf(transposed([4, 4], [3, 3], { strides: [0, 0], auto_pad: 'SAME_UPPER' }))).toEqual([]);
    expect(codesOf(transposed([4, 4], [3, 3], { auto_pad: 'SAME' }))).toEqual([]);
  });
});

describe('overlap counts', () => {
  it.each([
    [{ kernel: 4, stride: 2, dilation: 1 }, [2, 2]],
    [{ kernel: 3, stride: 2, dilation: 1 }, [2, 1]],
    [{ kernel: 5, stride: 3, dilation: 1 }, [2, 2, 1]],
    [{ kernel: 2, stride: 3, dilation: 1 }, [1, 1, 0]],
    [{ kernel: 4, stride: 2, dilation: 2 }, [4, 0]],
    [{ kernel: 3, stride: 2, dilation: 3 }, [2, 1]],
    [{ kernel: 6, stride: 3, dilation: 2 }, [2, 2, 2]],
  ])('of %j are %j', (axis, counts) => {
    expect(overlapCounts(axis)).toEqual(counts);
  });

  it('are how often ones are summed where the kernel is of ones', () => {
    const axisCase = fc.record({
      kernel: fc.integer({ min: 1, max: 7 }),
      stride: fc.integer({ min: 1, max: 4 }),
      dilation: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(axisCase, ({ kernel, stride, dilation }) => {
        // By scattering, far from the ends.
        const sums = new Map<number, number>();
        for (let i = 0; i < 60; i++) {
          for (let k = 0; k < kernel; k++) {
            const o = i * stride + k * dilation;
            sums.set(o, (sums.get(o) ?? 0) + 1);
          }
        }
        const start = 30 * stride;
        const counts = Array.from({ length: stride }, (_, phase) => sums.get(start + phase) ?? 0);
        expect(overlapCounts({ kernel, stride, dilation })).toEqual(counts);
      }),
    );
  });
});

describe('explicit pads', () => {
  /** The geometry alone: one channel, integers. */
  const run = (builder: GraphBuilder, output: ReturnType<GraphBuilder['add']>, dims: readonly number[]) =>
    execute(scheduleReferences(builder.graph(output)), [
      float32(
        dims,
        smallIntegers(
          dims.reduce((a, b) => a * b, 1),
          3,
        ),
      ),
    ]).outputs[0]!;

  it('give the same results as the attributes that they stand for', () => {
    let compared = 0;
    fc.assert(
      fc.property(convTransposeCase, (test) => {
        const { axes, mode } = test;
        const single = { ...test, batch: 1, group: 1, groupIn: 1, groupOut: 1 };
        const builder = new GraphBuilder();
        const dims = [1, 1, ...axes.map(({ input }) => input)];
        const x = builder.input('x', dims);
        const w = builder.constant(filled([1, 1, ...axes.map(({ kernel }) => kernel)], 5));
        const attributes = attributesOf(single);
        const y = builder.add('ConvTranspose', [x, w], attributes);
        const context = contextOf(modelOf(builder.graph(y)));
        const [found] = transposedConvolutions(context);
        const explicit = explicitAxes(found!);
        if (explicit === undefined) {
          // Only an output_shape that no padding gives has no pads.
          expect(
            axes.some(
              (axis) => expectedSize(axis, mode) - (expectedSize(axis, 'VALID') - axis.outputPadding) >= axis.stride,
            ),
          ).toBe(true);
          return;
        }
        compared++;
        const { auto_pad: _, output_shape: __, ...kept } = attributes;
        const z = builder.add('ConvTranspose', [x, w], {
          ...kept,
          pads: [...explicit.map(({ padBegin }) => padBegin), ...explicit.map(({ padEnd }) => padEnd)],
          output_padding: explicit.map(({ outputPadding }) => outputPadding),
        });
        const [expected, actual] = [run(builder, y, dims), run(builder, z, dims)];
        expect(actual.dims).toEqual(expected.dims);
        expect([...(actual.data as Float32Array)]).toEqual([...(expected.data as Float32Array)]);
      }),
      { numRuns: 300 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it('replace the attributes, and take the findings away', () => {
    const context = transposed([4, 4], [3, 3], {
      strides: [2, 2],
      auto_pad: 'SAME_UPPER',
      pads: [0, 0, 0, 0],
      output_padding: [1, 1],
    });
    expect(codesOf(context)).toEqual(['US1405', 'US1410', 'US1411']);
    const { model, changes } = explicitPads.apply(context, new Set(explicitPads.codes));
    expect(changes.map(({ code, text }) => [code, text])).toEqual([
      ['US1405', 'auto_pad = SAME_UPPER, pads = [0, 0, 0, 0], output_padding = [1, 1] → pads = [1, 1, 0, 0]'],
    ]);
    expect(codesOf(reread(model))).toEqual(['US1411']);
  });
});

describe('interpolation by a transposed convolution', () => {
  const bilinear = [0.25, 0.75, 0.75, 0.25];
  const kernel2d = bilinear.flatMap((a) => bilinear.map((b) => a * b));

  function layer(
    weights: readonly number[],
    dims: readonly number[],
    attributes: Readonly<Record<string, AttributeInput>>,
    bias?: readonly number[],
  ) {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, 5, 5]);
    const inputs = [x, builder.constant(float32(dims, weights))];
    if (bias !== undefined) inputs.push(builder.constant(float32([bias.length], bias)));
    return reread(modelOf(builder.graph(builder.add('ConvTranspose', inputs, attributes))));
  }

  it('is found depthwise and among zeros', () => {
    const depthwise = layer([...kernel2d, ...kernel2d], [2, 1, 4, 4], {
      group: 2,
      strides: [2, 2],
      pads: [1, 1, 1, 1],
    });
    expect(findingsOf(depthwise, 'US1502')[0]!.message).toContain('linear interpolation by 2 × 2');
    const zeros = new Array<number>(16).fill(0);
    const dense = layer([...kernel2d, ...zeros, ...zeros, ...kernel2d], [2, 2, 4, 4], { strides: [2, 2] });
    expect(codesOf(dense)).toEqual(['US1502']);
    const nearest = layer(new Array<number>(18).fill(1), [2, 1, 3, 3], { group: 2, strides: [3, 3] }, [0, 0]);
    expect(findingsOf(nearest, 'US1502')[0]!.message).toContain('nearest interpolation by 3 × 3');
  });

  it('of an odd factor has no checkerboard, though its kernel is not divisible', () => {
    const triangle = [1 / 3, 2 / 3, 1, 2 / 3, 1 / 3];
    const weights = triangle.flatMap((a) => triangle.map((b) => a * b));
    const context = layer([...weights, ...weights], [2, 1, 5, 5], { group: 2, strides: [3, 3], pads: [1, 1, 1, 1] });
    expect(codesOf(context)).toEqual(['US1502']);
  });

  it('is not seen where weights differ, mix channels, or a bias is added', () => {
    const other = kernel2d.map((value, i) => (i === 3 ? value + 0.1 : value));
    expect(codesOf(layer([...kernel2d, ...other], [2, 1, 4, 4], { group: 2, strides: [2, 2] }))).toEqual([]);
    expect(
      codesOf(layer([...kernel2d, ...kernel2d, ...kernel2d, ...kernel2d], [2, 2, 4, 4], { strides: [2, 2] })),
    ).toEqual([]);
    expect(codesOf(layer([...kernel2d, ...kernel2d], [2, 1, 4, 4], { group: 2, strides: [2, 2] }, [0, 1]))).toEqual([]);
    expect(codesOf(layer([1, 1], [2, 1, 1, 1], { group: 2 }))).toEqual([]);
  });
});
