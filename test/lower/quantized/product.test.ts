/** MatMulInteger and QLinearMatMul in plans against the references. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ElementType } from '../../../src/ir/element-type.js';
import { tensorFromNumbers } from '../../../src/ir/numeric.js';
import { float32 } from '../../../src/ir/tensor.js';
import type { Precision } from '../../../src/plan/execution-plan.js';
import { largestMagnitude } from '../../support/compare.js';
import { GraphBuilder } from '../../support/graph.js';
import { compare, exact, integers, randomBits, withinOneStep } from './integers.js';

const size = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 7, max: 35 }));
const problem = fc.record({
  batches: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
  bHasBatches: fc.boolean(),
  m: size,
  k: size,
  n: size,
  aType: fc.constantFrom<ElementType>('uint8', 'int8'),
  bType: fc.constantFrom<ElementType>('uint8', 'int8'),
  aZero: fc.constantFrom('absent', 'number', 'vector of one'),
  bZero: fc.constantFrom('absent', 'number', 'columns'),
  bIsConstant: fc.boolean(),
  byteProducts: fc.constantFrom(undefined, 'pairs' as const),
  seed: fc.nat(1000),
});

type Problem = typeof problem extends fc.Arbitrary<infer T> ? T : never;

/** The tensors of a product as values of a graph, and feeds for those that are its inputs. */
function operandsOf(b: GraphBuilder, { bHasBatches, batches, m, k, n, seed, ...kinds }: Problem) {
  const { aType, bType, aZero, bIsConstant } = kinds;
  // A zero point for each column can only be taken off constants.
  const bZero = kinds.bZero === 'columns' && !bIsConstant ? 'number' : kinds.bZero;
  const right = integers(bType, [...(bHasBatches ? batches : []), k, n], seed + 1);
  const left = integers(aType, [...batches, m, k], seed);
  const shapes: Record<string, readonly number[]> = { number: [], 'vector of one': [1], columns: [n] };
  const zero = (kind: string, type: ElementType, salt: number) =>
    kind === 'absent' ? undefined : b.constant(integers(type, shapes[kind]!, seed + salt));
  const a = b.input('a', left.dims, aType);
  return {
    a,
    b: bIsConstant ? b.constant(right) : b.input('b', right.dims, bType),
    aZero: zero(aZero, aType, 2),
    bZero: zero(bZero, bType, 3),
    feeds: bIsConstant ? [left] : [left, right],
  };
}

describe('MatMulInteger', () => {
  it('gives the sums themselves to the caller', () => {
    fc.assert(
      fc.property(problem, fc.constantFrom<Precision>('strict', 'fast'), (item, precision) => {
        const b = new GraphBuilder(22);
        const operands = operandsOf(b, item);
        const inputs = [operands.a, operands.b, operands.aZero, operands.bZero];
        compare(b.graph(b.add('MatMulInteger', inputs)), operands.feeds, precision, exact, item.byteProducts);
      }),
      { numRuns: 200 },
    );
  });

  it('of a tensor that is quantized as it runs, with scales and bias after it', () => {
    fc.assert(
      fc.property(problem, (item) => {
        const { batches, m, k, n, bType, seed } = item;
        const b = new GraphBuilder(22);
        const dims = [...batches, m, k];
        const [y, scale, zero] = b.addMany('DynamicQuantizeLinear', [b.input('x', dims)], 3);
        const weights = b.constant(integers(bType, [k, n], seed));
        const columnZero = b.constant(integers(bType, [n], seed + 1));
        const sums = b.add('MatMulInteger', [y, weights, zero, columnZero]);
        const floats = b.add('Cast', [sums], { to: 1 });
        const weightScales = float32(
          [n],
          randomBits(n, seed).map((bits) => (bits + 1) / 2 ** 20),
        );
        const scaled = b.add('Mul', [floats, b.add('Mul', [scale, b.constant(weightScales)])]);
        const bias = float32(
          [n],
          randomBits(n, seed + 1).map((bits) => bits / 2 ** 14),
        );
        const graph = b.graph(b.add('Add', [b.constant(bias), scaled]));
        const feed = float32(
          dims,
          randomBits(
            dims.reduce((x, d) => x * d, 1),
            seed,
          ).map((v) => v / 2 ** 14 - 1.7),
        );
        compare(graph, [feed], 'fast', largestMagnitude(1e-5), item.byteProducts);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a product of bytes', () => {
  it.each(['MatMulInteger', 'QLinearMatMul'])('has sums that float32 would round: %s', (operator) => {
    const b = new GraphBuilder(22);
    const [k, n] = [900, 5];
    const left = tensorFromNumbers(
      'uint8',
      [3, k],
      randomBits(3 * k, 1).map((bits) => 255 - (bits % 2)),
    );
    const right = tensorFromNumbers(
      'int8',
      [k, n],
      randomBits(k * n, 2).map((bits) => -128 + (bits % 2)),
    );
    const [a, weights, zero] = [
      b.input('a', left.dims, 'uint8'),
      b.constant(right),
      b.constant(integers('uint8', [], 3)),
    ];
    const number = (value: number) => b.constant(float32([], [value]));
    const none = b.constant(tensorFromNumbers('int8', [], [0]));
    const result =
      operator === 'MatMulInteger'
        ? b.add('Cast', [b.add(operator, [a, weights, zero])], { to: 1 })
        : b.add(operator, [a, number(0.013), zero, weights, number(0.007), none, number(17), zero]);
    const algorithms = compare(b.graph(result), [left], 'strict', exact, 'pairs');
    expect(algorithms).toContain('matrix product of bytes');
  });
});

describe('QLinearMatMul', () => {
  it('rounds and bounds what the sums are worth', () => {
    const options = fc.record({ isPower: fc.boolean(), isPerColumn: fc.boolean() });
    fc.assert(
      fc.property(problem, options, (item, { isPower, isPerColumn }) => {
        const { n, seed, aType, bType } = item;
        const b = new GraphBuilder(22);
        const operands = operandsOf(b, item);
        const number = (value: number) => b.constant(float32([], [value]));
        const scales = randomBits(isPerColumn ? n : 1, seed).map((bits) => (isPower ? 2 ** -(bits % 4) : bits / 65000));
        const inputs = [
          operands.a,
          number(0.25),
          operands.aZero ?? b.constant(tensorFromNumbers(aType, [], [0])),
          operands.b,
          b.constant(float32(isPerColumn ? [n] : [], scales)),
          operands.bZero ?? b.constant(tensorFromNumbers(bType, [], [0])),
          number(isPower ? 128 : 97.3),
          b.constant(integers('uint8', [], seed + 5)),
        ];
        const graph = b.graph(b.add('QLinearMatMul', inputs));
        compare(graph, operands.feeds, isPower ? 'strict' : 'fast', isPower ? exact : withinOneStep, item.byteProducts);
      }),
      { numRuns: 200 },
    );
  });
});
