/** ConvInteger, QLinearConv and DynamicQuantizeLinear in plans against the references. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/infer/infer.js';
import type { ElementType } from '../../../src/ir/element-type.js';
import type { Value } from '../../../src/ir/graph.js';
import { tensorFromNumbers } from '../../../src/ir/numeric.js';
import { elementCount, float32 } from '../../../src/ir/tensor.js';
import { lower } from '../../../src/lower/lower.js';
import type { Precision } from '../../../src/plan/execution-plan.js';
import { largestMagnitude } from '../../support/compare.js';
import { GraphBuilder } from '../../support/graph.js';
import { executePlan } from '../execute-plan.js';
import { compare, exact, integers, randomBits, withinOneStep } from './integers.js';

const eightBits = fc.constantFrom<ElementType>('uint8', 'int8');
const zeroPointKind = fc.constantFrom('absent', 'zero', 'number', 'channels');

const geometry = fc.record({
  batch: fc.integer({ min: 1, max: 2 }),
  groups: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 5 }) }),
  groupIn: fc.integer({ min: 1, max: 5 }),
  groupOut: fc.integer({ min: 1, max: 9 }),
  axes: fc.array(
    fc.record({
      input: fc.integer({ min: 3, max: 9 }),
      kernel: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 2 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      padBegin: fc.integer({ min: 0, max: 2 }),
      padEnd: fc.integer({ min: 2, max: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  xType: eightBits,
  wType: eightBits,
  xZero: fc.constantFrom('absent', 'zero', 'number'),
  wZero: zeroPointKind,
  seed: fc.nat(1000),
});

type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

function sizes({ batch, groups, groupIn, groupOut, axes }: Geometry) {
  return {
    x: [batch, groups * groupIn, ...axes.map(({ input }) => input)],
    w: [groups * groupOut, groupIn, ...axes.map(({ kernel }) => kernel)],
    outputs: groups * groupOut,
    attributes: {
      group: groups,
      strides: axes.map(({ stride }) => stride),
      dilations: axes.map(({ dilation }) => dilation),
      pads: [...axes.map(({ padBegin }) => padBegin), ...axes.map(({ padEnd }) => padEnd)],
    },
  };
}

function zeroPoint(
  b: GraphBuilder,
  kind: string,
  type: ElementType,
  channels: number,
  seed: number,
): Value | undefined {
  if (kind === 'absent') return undefined;
  if (kind === 'zero') return b.constant(tensorFromNumbers(type, [], [0]));
  return b.constant(integers(type, kind === 'number' ? [] : [channels], seed));
}

describe('ConvInteger', () => {
  it('gives the sums themselves to the caller', () => {
    fc.assert(
      fc.property(geometry, fc.constantFrom<Precision>('strict', 'fast'), (problem, precision) => {
        const { xType, wType, xZero, wZero, seed } = problem;
        const { x, w, outputs, attributes } = sizes(problem);
        const b = new GraphBuilder(22);
        const inputs = [
          b.input('x', x, xType),
          b.constant(integers(wType, w, seed)),
          zeroPoint(b, xZero, xType, 1, seed + 1),
          zeroPoint(b, wZero, wType, outputs, seed + 2),
        ];
        const graph = b.graph(b.add('ConvInteger', inputs, attributes));
        compare(graph, [integers(xType, x, seed + 3)], precision, exact);
      }),
      { numRuns: 100 },
    );
  });

  it('of a tensor that is quantized as it runs, with scales, bias and activation after it', () => {
    fc.assert(
      fc.property(geometry, fc.boolean(), fc.boolean(), (problem, keepsIntegers, isScaledFirst) => {
        const { wType, wZero, seed } = problem;
        const { x, w, outputs, attributes } = sizes(problem);
        const b = new GraphBuilder(22);
        const [y, scale, zero] = b.addMany('DynamicQuantizeLinear', [b.input('x', x)], 3);
        const weights = b.constant(integers(wType, w, seed));
        const factor = b.constant(float32([], [0.0137]));
        const early = isScaledFirst ? b.add('Mul', [scale, factor]) : undefined;
        const sums = b.add('ConvInteger', [y, weights, zero, zeroPoint(b, wZero, wType, outputs, seed)], attributes);
        const floats = b.add('Cast', [sums], { to: 1 });
        const late = early ?? b.add('Mul', [scale, factor]);
        const scaled = b.add('Mul', [floats, late]);
        const bias = float32(
          [1, outputs, ...problem.axes.map(() => 1)],
          randomBits(outputs, seed).map((v) => v / 5e4),
        );
        const result = b.add('Relu', [b.add('Add', [scaled, b.constant(bias)])]);
        const graph = keepsIntegers ? b.graph(result, y!) : b.graph(result);
        const feed = float32(
          x,
          randomBits(elementCount(x), seed + 3).map((v) => v / 2 ** 14 - 1.7),
        );
        compare(graph, [feed], 'fast', (actual, expected) =>
          expected.type === 'uint8' ? exact(actual, expected) : largestMagnitude(1e-5)(actual, expected),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('takes weights that a run gives, less the zero points of their outputs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.nat(1000), (outputs, isRow, seed) => {
        const b = new GraphBuilder(22);
        const x = b.input('x', [1, 2, 5, 4], 'uint8');
        const w = b.input('w', [outputs, 2, 3, 2], 'int8');
        const zero = b.constant(integers('uint8', [], seed));
        const zeros = b.constant(integers('int8', isRow ? [outputs] : [], seed + 1));
        const graph = b.graph(b.add('ConvInteger', [x, w, zero, zeros], { pads: [1, 0, 1, 1] }));
        const feeds = [integers('uint8', [1, 2, 5, 4], seed + 2), integers('int8', [outputs, 2, 3, 2], seed + 3)];
        for (const precision of ['strict', 'fast'] as const) compare(graph, feeds, precision, exact, 'pairs');
      }),
      { numRuns: 5 },
    );
  });

  it.each(['before', 'after'])('takes scales, bias and activation along, scales computed %s it', (place) => {
    const b = new GraphBuilder(22);
    const [y, scale, zero] = b.addMany('DynamicQuantizeLinear', [b.input('x', [1, 8, 6, 6])], 3);
    const early = place === 'before' ? b.add('Mul', [scale, b.constant(float32([], [0.5]))]) : undefined;
    const sums = b.add('ConvInteger', [y, b.constant(integers('int8', [9, 8, 3, 3], 1)), zero]);
    const floats = b.add('Cast', [sums], { to: 1 });
    const scaled = b.add('Mul', [floats, early ?? b.add('Mul', [scale, b.constant(float32([], [0.5]))])]);
    const biased = b.add('Add', [scaled, b.constant(float32([9, 1, 1], new Float32Array(9).fill(3)))]);
    const graph = b.graph(b.add('Relu', [biased]));
    const plan = lower(graph, infer(graph), { tier: 'baseline', precision: 'strict', threads: 1 });
    const operators = plan.steps.map(({ nodes }) => nodes.map((node) => graph.nodes[node]!.opType).join());
    expect(operators).toContain('ConvInteger,Cast,Mul,Add,Relu');
    compare(graph, [float32([1, 8, 6, 6], randomBits(288, 2))], 'strict', exact);
  });

  it('with weights whose sums float32 may round is left to the reference where bits count', () => {
    const b = new GraphBuilder(22);
    const weights = tensorFromNumbers('uint8', [1, 300, 1, 1], new Array<number>(300).fill(255));
    const graph = b.graph(b.add('ConvInteger', [b.input('x', [1, 300, 1, 1], 'uint8'), b.constant(weights)]));
    const feed = tensorFromNumbers(
      'uint8',
      [1, 300, 1, 1],
      Array.from({ length: 300 }, (_, i) => (i === 0 ? 254 : 255)),
    );
    for (const precision of ['fast', 'strict'] as const) {
      const plan = lower(graph, infer(graph), { tier: 'baseline', precision, threads: 1 });
      expect(plan.steps.map(({ kind }) => kind)).toEqual(['reference']);
      const [sum] = executePlan(graph, plan, 'baseline', [feed]);
      expect([...(sum!.data as Int32Array)]).toEqual([300 * 255 * 255 - 255]);
    }
  });
});

describe('QLinearConv', () => {
  const scales = fc.constantFrom('powers', 'others');
  it('rounds and bounds what the sums are worth', () => {
    fc.assert(
      fc.property(
        geometry,
        eightBits,
        scales,
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom<Precision>('strict', 'fast'),
        (problem, yType, scaling, isPerChannel, hasBias, precision) => {
          const { xType, wType, xZero, wZero, seed } = problem;
          const { x, w, outputs, attributes } = sizes(problem);
          const b = new GraphBuilder(22);
          const number = (value: number) => b.constant(float32([], [value]));
          const wScales = randomBits(isPerChannel ? outputs : 1, seed).map((bits) =>
            scaling === 'powers' ? 2 ** -(bits % 4) : 0.3 + bits / 2 ** 17,
          );
          const zero = (kind: string, type: ElementType, salt: number) =>
            zeroPoint(b, kind === 'absent' ? 'zero' : kind, type, outputs, seed + salt)!;
          const biases = randomBits(outputs, seed + 7).map((bits) => bits - 2 ** 15);
          const inputs = [
            b.input('x', x, xType),
            number(0.5),
            zero(xZero, xType, 1),
            b.constant(integers(wType, w, seed)),
            b.constant(float32(isPerChannel ? [outputs] : [], wScales)),
            zero(wZero, wType, 2),
            number(scaling === 'powers' ? 256 : 201.3),
            zero('number', yType, 3),
            ...(hasBias ? [b.constant(tensorFromNumbers('int32', [outputs], biases))] : []),
          ];
          const graph = b.graph(b.add('QLinearConv', inputs, attributes));
          // Factors that float32 has leave nothing to round but the sums; others may tip one that lies between two.
          const comparison = scaling === 'powers' && precision === 'strict' ? exact : withinOneStep;
          compare(graph, [integers(xType, x, seed + 4)], precision, comparison);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('DynamicQuantizeLinear', () => {
  it('finds range, scale and zero point in both layouts', () => {
    const problem = fc.record({
      dims: fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 5 }),
      channels: fc.integer({ min: 1, max: 19 }),
      long: fc.integer({ min: 1, max: 1500 }),
      isNhwc8: fc.boolean(),
      shift: fc.constantFrom(-3, -1, 0, 1),
      spread: fc.constantFrom(0, 1, 1e-3, 1e4),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(problem, ({ dims: some, channels, long, isNhwc8, shift, spread, seed }) => {
        const dims = some.map((size, axis) => (axis === 1 ? channels : axis === 2 && some.length < 4 ? long : size));
        const b = new GraphBuilder(22);
        let value = b.input('x', dims);
        if (isNhwc8 && dims.length >= 3) {
          const weights = float32([channels, 1, ...dims.slice(2).map(() => 1)], new Float32Array(channels).fill(1));
          value = b.add('Conv', [value, b.constant(weights)], { group: channels });
        }
        const graph = b.graph(...b.addMany('DynamicQuantizeLinear', [value], 3));
        const numbers = randomBits(elementCount(dims), seed).map((bits) => (bits / 2 ** 15 - 1 + shift) * spread);
        compare(graph, [float32(dims, numbers)], 'fast', exact);
      }),
      { numRuns: 100 },
    );
  });
});
