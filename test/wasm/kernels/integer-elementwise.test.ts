/** Integers of every type, element by element, against BigInt: what wraps, divides, shifts, compares and is cast. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IntegerType, NumberType } from '../../../src/wasm/kernels/cells.js';
import { integerElementwise } from '../../../src/wasm/kernels/integer-elementwise.js';
import type { IntegerBinary, IntegerTree, IntegerUnary } from '../../../src/wasm/kernels/integer-expression.js';
import { elementFor, fromCells, integerOf, integerTypes, toCells, wrap } from './cells.js';
import { runKernel, tiers } from './run-kernel.js';

function sorted(a: bigint, b: bigint): readonly [least: bigint, most: bigint] {
  return a < b ? [a, b] : [b, a];
}

/** Modulo 2^64; a quotient towards zero below 0. */
function integerPower(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) return base === 1n || base === -1n ? base ** (-exponent % 2n) : 0n;
  let power = 1n;
  for (let bit = 63n; bit >= 0n; bit--) {
    power = BigInt.asIntN(64, power * power);
    if ((exponent >> bit) & 1n) power = BigInt.asIntN(64, power * base);
  }
  return power;
}

const binaries: Readonly<Record<IntegerBinary, (a: bigint, b: bigint) => bigint | boolean>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => (b === 0n ? 0n : a / b),
  rem: (a, b) => (b === 0n ? 0n : a % b),
  mod: (a, b) => (b === 0n ? 0n : ((a % b) + b) % b),
  min: (a, b) => sorted(a, b)[0],
  max: (a, b) => sorted(a, b)[1],
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => (b < 64n ? a << b : 0n),
  shr: (a, b) => (b < 64n ? a >> b : 0n),
  pow: integerPower,
  equal: (a, b) => a === b,
  less: (a, b) => a < b,
  greater: (a, b) => a > b,
  lessOrEqual: (a, b) => a <= b,
  greaterOrEqual: (a, b) => a >= b,
};
const unaries: Readonly<Record<IntegerUnary, (x: bigint) => bigint>> = {
  neg: (x) => -x,
  abs: (x) => (x < 0n ? -x : x),
  sign: (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n),
  not: (x) => ~x,
};

const rows = 3;
const columns = 5;
const pairs = fc.constantFrom(...integerTypes).chain((type) =>
  fc.record({
    type: fc.constant(type),
    a: fc.array(integerOf(type), { minLength: rows * columns, maxLength: rows * columns }),
    b: fc.array(integerOf(type), { minLength: columns, maxLength: columns }),
    cuts: fc.array(fc.nat(8), { maxLength: 2 }),
  }),
);

/** The tree over a matrix and a row that is the same for all of its rows. */
function compute(
  tier: (typeof tiers)[number]['tier'],
  tree: IntegerTree,
  types: readonly [a: NumberType, b: NumberType, output: NumberType],
  [a, b]: readonly [readonly (bigint | number)[], readonly (bigint | number)[]],
  cuts: readonly number[],
) {
  const [left, right, output] = types.map(elementFor) as [
    ReturnType<typeof elementFor>,
    ReturnType<typeof elementFor>,
    ReturnType<typeof elementFor>,
  ];
  const [x, y, z] = [left, right, output].map(({ cells }) => (cells === 'int64' ? 2 : 1)) as [number, number, number];
  const params = {
    tree,
    axes: [
      { size: rows, strides: [columns * x, 0, columns * z] },
      { size: columns, strides: [x, y, z] },
    ],
    inputs: [left, right],
    output,
  };
  const arrays = [
    toCells(left, a),
    toCells(right, b),
    toCells(
      output,
      a.map(() => 1),
    ),
    new Float32Array(1),
  ];
  const hasFault = /"(?:div|rem|mod)"/.test(JSON.stringify(tree));
  const results = runKernel(tier, (target) => integerElementwise(target, params), {
    arrays: hasFault ? arrays : arrays.slice(0, 3),
    cuts,
  });
  return { values: results[2]!, isFaulty: hasFault && new Int32Array(results[3]!.slice().buffer)[0] === 1, output };
}

const input = (index: number): IntegerTree => ({ kind: 'input', index });

describe.each(tiers)('integers, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing).each(Object.keys(binaries) as IntegerBinary[])('%s', (name) => {
    fc.assert(
      fc.property(pairs, ({ type, a, b, cuts }) => {
        // Only integers without a sign are shifted.
        fc.pre(!name.startsWith('sh') || type.startsWith('u'));
        const tree: IntegerTree = { kind: 'binary', op: name, a: input(0), b: input(1) };
        const isComparison = typeof binaries[name](0n, 1n) === 'boolean';
        const { values, isFaulty, output } = compute(
          tier,
          tree,
          [type, type, isComparison ? 'bool' : type],
          [a, b],
          cuts,
        );
        const expected = a.map((left, i) => {
          const result = binaries[name](left, b[i % columns]!);
          return typeof result === 'boolean' ? BigInt(result) : wrap(type, result);
        });
        expect(fromCells(output, values)).toEqual(expected);
        if (['div', 'rem', 'mod'].includes(name)) expect(isFaulty).toBe(b.includes(0n));
      }),
      { numRuns: 10 },
    );
  });

  it.skipIf(isMissing).each(Object.keys(unaries) as IntegerUnary[])('%s', (name) => {
    fc.assert(
      fc.property(pairs, ({ type, a, b, cuts }) => {
        const tree: IntegerTree = { kind: 'unary', op: name, x: input(0) };
        const { values, output } = compute(tier, tree, [type, type, type], [a, b], cuts);
        expect(fromCells(output, values)).toEqual(a.map((x) => wrap(type, unaries[name](x))));
      }),
      { numRuns: 10 },
    );
  });

  it.skipIf(isMissing)('leave remainders, as floats do', () => {
    const float = fc.oneof(fc.float(), fc.float({ min: -100, max: 100 }), fc.integer({ min: -9, max: 9 }));
    const floats = (length: number) => fc.array(float, { minLength: length, maxLength: length });
    fc.assert(
      fc.property(floats(rows * columns), floats(columns), (a, b) => {
        const tree: IntegerTree = { kind: 'binary', op: 'rem', a: input(0), b: input(1) };
        const { values } = compute(tier, tree, ['float32', 'float32', 'float32'], [a, b], []);
        expect([...values]).toEqual(a.map((x, i) => x % b[i % columns]!));
      }),
      {
        numRuns: 30,
        examples: [
          [
            [2 ** 127, -(2 ** 127), 2 ** -149, ...new Array(12).fill(7.5)],
            [2 ** -149, 3, -2.5, 0, Infinity],
          ],
        ],
      },
    );
  });

  it.skipIf(isMissing)('are cast to every type, and chosen', () => {
    const targets = [...integerTypes, 'bool' as const];
    fc.assert(
      fc.property(pairs, fc.constantFrom<IntegerType>(...targets), ({ type, a, b, cuts }, to) => {
        const cast = compute(tier, { kind: 'cast', to, x: input(0) }, [type, type, to], [a, b], cuts);
        expect(fromCells(cast.output, cast.values)).toEqual(
          a.map((x) => (to === 'bool' ? BigInt(x !== 0n) : wrap(to, x))),
        );
        const where: IntegerTree = { kind: 'where', x: input(0), a: input(1), b: input(0) };
        const chosen = compute(tier, where, [type, type, type], [a, b], cuts);
        expect(fromCells(chosen.output, chosen.values)).toEqual(a.map((x, i) => (x === 0n ? x : b[i % columns]!)));
        const numbers = a.map((_, i) => (i - 7) * 40.75);
        const whole = compute(tier, { kind: 'cast', to, x: input(0) }, ['float32', type, to], [numbers, b], cuts);
        const truncated = numbers.map((x) => (to === 'bool' ? BigInt(x !== 0) : wrap(to, BigInt(Math.trunc(x)))));
        expect(fromCells(whole.output, whole.values)).toEqual(truncated);
      }),
      { numRuns: 20 },
    );
  });
});
