/** Values followed through shape arithmetic: for all sizes they are what the references compute at those sizes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../../src/diagnostics.js';
import {
  add,
  type Bindings,
  ceilDiv,
  DimTooComplexError,
  floorDiv,
  max,
  min,
  mod,
  mul,
  negate,
  sub,
  substitute,
  symbol,
  symbolsOf,
} from '../../../src/ir/dim.js';
import { type ElementType, elementTypeFacts } from '../../../src/ir/element-type.js';
import type { Attribute } from '../../../src/ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../../../src/ir/numeric.js';
import {
  isFraction,
  type Quantity,
  type SymbolicTensor,
  symbolicFromTensor,
  symbolicTensor,
} from '../../../src/ir/quantity.js';
import { tensorType } from '../../../src/ir/shape.js';
import { int64, type Tensor } from '../../../src/ir/tensor.js';
import { hasSymbol } from '../../../src/ops/elementwise/symbolic.js';
import { noGraphs } from '../../../src/ops/operator.js';
import { RandomSource } from '../../../src/ops/random-source.js';
import { findOperator } from '../../../src/ops/registry.js';
import { bareContext, bareNode, type Unbound } from '../../support/bare-context.js';

/** A value before and after the sizes are known. */
interface Followed {
  readonly symbolic: SymbolicTensor | undefined;
  readonly concrete: Tensor;
}

const h = symbol('H');
const w = symbol('W');

function attributeOf(value: number | readonly number[]): Attribute {
  return typeof value === 'number' ? { kind: 'int', value: BigInt(value) } : { kind: 'ints', value: value.map(BigInt) };
}

function bind(op: string, count: number, attributes: Readonly<Record<string, number | readonly number[]>>, opset = 17) {
  const given = Object.entries(attributes).map(([name, value]) => [name, attributeOf(value)] as const);
  const node = bareNode(op, opset, count, given);
  return findOperator(node)!.bind(node);
}

/** What inference shows a rule of inputs whose shapes are numbers. */
function contextOf(inputs: readonly Followed[]): Unbound {
  const symbolicOf = (i: number) => inputs[i]?.symbolic;
  const types = inputs.map(({ concrete }) => tensorType(concrete.type, concrete.dims));
  return bareContext(types, { known: symbolicOf, partlyKnown: symbolicOf, withUnknowns: symbolicOf });
}

function follow(
  op: string,
  inputs: readonly Followed[],
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): SymbolicTensor | undefined {
  return bind(op, inputs.length, attributes).symbolic(contextOf(inputs))?.[0];
}

function followed(type: ElementType, elements: readonly Quantity[]): Followed {
  return {
    symbolic: symbolicTensor(type, [elements.length], elements),
    concrete: tensorFromNumbers(
      type,
      [elements.length],
      elements.map(() => 1),
    ),
  };
}

function cast(to: ElementType): Readonly<Record<string, number>> {
  return { to: elementTypeFacts(to).code };
}

const half = { numerator: h, denominator: 2 };
const third = { numerator: h, denominator: 3 };

describe('rules on symbols', () => {
  const ints = followed('int64', [h, w, 4]);
  const int = (...elements: readonly Quantity[]) => followed('int64', elements);
  const float = (...elements: readonly Quantity[]) => followed('float32', elements);

  it.each<{ op: string; what: string; inputs: Followed[]; gives: readonly Quantity[] | undefined }>([
    { op: 'Add', what: 'a number', inputs: [ints, int(1)], gives: [add(h, 1), add(w, 1), 5] },
    { op: 'Sub', what: 'a size', inputs: [ints, int(h)], gives: [0, sub(w, h), sub(4, h)] },
    { op: 'Mul', what: 'by a number', inputs: [ints, int(2)], gives: [mul(h, 2), mul(w, 2), 8] },
    {
      op: 'Mul',
      what: 'by a half',
      inputs: [float(h, mul(h, 4)), float({ numerator: 1, denominator: 2 })],
      gives: [half, mul(h, 2)],
    },
    { op: 'Div', what: 'integers', inputs: [ints, int(2)], gives: [floorDiv(h, 2), floorDiv(w, 2), 2] },
    { op: 'Div', what: 'by a negative integer', inputs: [int(h), int(-2)], gives: [negate(floorDiv(h, 2))] },
    { op: 'Div', what: 'an integer of unknown sign', inputs: [int(sub(h, w)), int(2)], gives: undefined },
    {
      op: 'Div',
      what: 'floats by a size',
      inputs: [float(mul(h, 3)), float(mul(h, 2))],
      gives: [{ numerator: 3, denominator: 2 }],
    },
    { op: 'Div', what: 'integers by a size', inputs: [int(mul(h, 3), sub(h, 1)), int(mul(h, 2), h)], gives: [1, 0] },
    { op: 'Neg', what: 'sizes', inputs: [ints], gives: [negate(h), negate(w), -4] },
    { op: 'Abs', what: 'known signs', inputs: [int(mul(h, -2), h, -4)], gives: [mul(h, 2), h, 4] },
    { op: 'Abs', what: 'an unknown sign', inputs: [int(sub(h, w))], gives: [max(sub(h, w), sub(w, h))] },
    { op: 'Sign', what: 'known signs', inputs: [int(mul(h, -2), h, -3)], gives: [-1, 1, -1] },
    { op: 'Sign', what: 'an unknown sign', inputs: [int(sub(h, w))], gives: undefined },
    { op: 'Floor', what: 'a fraction', inputs: [float(half, third)], gives: [floorDiv(h, 2), floorDiv(h, 3)] },
    { op: 'Ceil', what: 'a fraction', inputs: [float(half, third)], gives: [ceilDiv(h, 2), ceilDiv(h, 3)] },
    { op: 'Round', what: 'whole numbers', inputs: [float(h, w)], gives: [h, w] },
    { op: 'Round', what: 'a fraction', inputs: [float(half)], gives: undefined },
    { op: 'Max', what: 'with a size', inputs: [ints, int(h)], gives: [h, max(h, w), max(h, 4)] },
    { op: 'Min', what: 'with the least size', inputs: [ints, int(1)], gives: [1, 1, 1] },
    { op: 'Clip', what: 'between numbers', inputs: [ints, int(0), int(8)], gives: [min(h, 8), min(w, 8), 4] },
    { op: 'Mod', what: 'by a number', inputs: [int(h, mul(h, 4)), int(4)], gives: [mod(h, 4), 0] },
    { op: 'Mod', what: 'of less than a size', inputs: [int(1, -1), int(add(h, 2))], gives: [1, add(h, 1)] },
    { op: 'Equal', what: 'with what no size is', inputs: [ints, int(-1)], gives: [0, 0, 0] },
    { op: 'Equal', what: 'with what a size may be', inputs: [ints, int(8)], gives: undefined },
    { op: 'Less', what: 'than the least size', inputs: [ints, int(1)], gives: [0, 0, 0] },
    { op: 'Greater', what: 'than zero', inputs: [ints, int(0)], gives: [1, 1, 1] },
    { op: 'LessOrEqual', what: 'than zero', inputs: [ints, int(0)], gives: [0, 0, 0] },
    { op: 'GreaterOrEqual', what: 'than the least size', inputs: [ints, int(1)], gives: [1, 1, 1] },
    { op: 'ReduceProd', what: 'sizes', inputs: [ints], gives: [mul(h, w, 4)] },
    { op: 'ReduceSum', what: 'sizes', inputs: [ints], gives: [add(h, w, 4)] },
    { op: 'ReduceMax', what: 'sizes', inputs: [int(h, 1)], gives: [h] },
    { op: 'ReduceMin', what: 'sizes', inputs: [int(h, 1)], gives: [1] },
    { op: 'CumSum', what: 'sizes', inputs: [ints, int(0)], gives: [h, add(h, w), add(h, w, 4)] },
  ])('$op: $what', ({ op, inputs, gives }) => {
    expect(follow(op, inputs)?.elements).toEqual(gives);
  });

  it('Where takes the branch it knows, or what both branches share', () => {
    const unknown = { symbolic: undefined, concrete: int64([2], [0, 0]) };
    const open = { symbolic: undefined, concrete: followed('bool', [1, 0]).concrete };
    const choose = (...inputs: readonly Followed[]) => follow('Where', inputs)?.elements;
    expect(choose(followed('bool', [1, 0]), int(h, h), int(w, w))).toEqual([h, w]);
    expect(choose(followed('bool', [0, 0]), unknown, int(w, 3))).toEqual([w, 3]);
    expect(choose(open, int(h, 3), int(h, 3))).toEqual([h, 3]);
    expect(choose(open, int(h, 3), int(h, 4))).toBeUndefined();
  });

  it('casts what the type holds for every size, and cuts fractions', () => {
    expect(follow('Cast', [float(half)], cast('int64'))).toMatchObject({ type: 'int64', elements: [floorDiv(h, 2)] });
    expect(follow('CastLike', [int(h), float(0)])).toMatchObject({ type: 'float32', elements: [h] });
    expect(follow('Cast', [int(h)], cast('bool'))).toMatchObject({ type: 'bool', elements: [1] });
    expect(follow('Cast', [int(h)], cast('uint8'))).toBeUndefined();
    expect(follow('Cast', [int(h)], cast('float16'))).toBeUndefined();
    expect(follow('Cast', [int(negate(h))], cast('uint64'))).toBeUndefined();
  });

  it('gives up where floats round: 10 · 0.7 is 7 in float32, though 0.7 there is a little less', () => {
    const scale = symbolicFromTensor(tensorFromNumbers('float32', [1], [0.7]))!;
    expect(follow('Mul', [float(h), followed('float32', scale.elements)])).toBeUndefined();
    expect(follow('Mul', [float(third), float(3)])).toBeUndefined();
    expect(follow('Mul', [float(third), float(2)])?.elements).toEqual([{ numerator: mul(h, 2), denominator: 3 }]);
    expect(follow('Add', [float(third), float({ numerator: w, denominator: 3 })])).toBeUndefined();
  });

  it('aligns as operator sets before 7 did', () => {
    const matrix = { ...int(h, w, h, w).symbolic!, dims: [2, 2] };
    const inputs = [{ symbolic: matrix, concrete: int64([2, 2], [1, 1, 1, 1]) }, int(1, 2)];
    const bound = bind('Add', 2, { broadcast: 1, axis: 0 }, 6);
    expect(bound.symbolic(contextOf(inputs))?.[0]?.elements).toEqual([add(h, 1), add(w, 1), add(h, 2), add(w, 2)]);
  });
});

/** One step of a random program: an operator on values made before, by index modulo their number. */
interface Step {
  readonly op: string;
  readonly operands: readonly number[];
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
}

const attributesOf: Readonly<Record<string, fc.Arbitrary<Readonly<Record<string, number | readonly number[]>>>>> = {
  Cast: fc.constantFrom<ElementType>('int64', 'int32', 'float32', 'float64', 'uint64', 'bool').map(cast),
  Mod: fc.record({ fmod: fc.constantFrom(0, 1) }),
  CumSum: fc.record({ exclusive: fc.constantFrom(0, 1), reverse: fc.constantFrom(0, 1) }),
};

const arities: Readonly<Record<string, number>> = {
  Add: 2,
  Sub: 2,
  Mul: 2,
  Div: 2,
  Mod: 2,
  Max: 3,
  Min: 2,
  Clip: 3,
  Equal: 2,
  Greater: 2,
  Less: 2,
  GreaterOrEqual: 2,
  LessOrEqual: 2,
  Not: 1,
  And: 2,
  Or: 2,
  Xor: 2,
  Where: 3,
  Neg: 1,
  Abs: 1,
  Sign: 1,
  Floor: 1,
  Ceil: 1,
  Round: 1,
  Cast: 1,
  CastLike: 2,
  ReduceSum: 1,
  ReduceProd: 1,
  ReduceMax: 1,
  ReduceMin: 1,
  CumSum: 2,
};

const step: fc.Arbitrary<Step> = fc.constantFrom(...Object.keys(arities)).chain((op) =>
  fc.record({
    op: fc.constant(op),
    operands: fc.array(fc.nat(100), { minLength: arities[op]!, maxLength: arities[op]! }),
    attributes: attributesOf[op] ?? fc.constant({}),
  }),
);

/** Sizes as a model has them, and the numbers that exporters put beside them. */
function startingValues(sizes: Bindings): Followed[] {
  const known = (type: ElementType, elements: readonly Quantity[], dims = [elements.length]): Followed => {
    const symbolic = symbolicTensor(type, dims, elements);
    return { symbolic, concrete: evaluate(symbolic, sizes) };
  };
  const constant = (type: ElementType, values: readonly number[], dims = [values.length]): Followed => {
    const concrete = tensorFromNumbers(type, dims, values);
    return { concrete, symbolic: symbolicFromTensor(concrete) };
  };
  return [
    known('int64', [h, w]),
    known('int64', [floorDiv(add(h, 1), 2), mul(w, 3)]),
    known('int64', [h], []),
    known('float32', [h, w]),
    known('float32', [mul(h, 2), h]),
    constant('int64', [2, 3]),
    constant('int64', [-1], []),
    constant('int64', [0], []),
    constant('float32', [0.5, 0.7]),
    constant('float32', [2, 3]),
    constant('float32', [3], []),
    constant('float32', [0.25, 1 / 3]),
    constant('float32', [0], []),
  ];
}

function evaluate(tensor: SymbolicTensor, sizes: Bindings): Tensor {
  const numbers = tensor.elements.map((element) => {
    const { numerator, denominator } = isFraction(element) ? element : { numerator: element, denominator: 1 };
    return (substitute(numerator, sizes) as number) / denominator;
  });
  return tensorFromNumbers(tensor.type, tensor.dims, numbers);
}

/** Beyond this, sizes are larger than rules take them to be. */
const largestSize = 2 ** 13;

function isSensible(tensor: Tensor): boolean {
  return Array.from(numbersOf(tensor)).every((value) => Math.abs(value) <= largestSize);
}

/** The step's value as inference and execution see it; undefined where the operands do not fit the operator. */
function run({ op, operands, attributes }: Step, values: readonly Followed[]): Followed | undefined {
  const inputs = operands.map((i) => values[i % values.length]!);
  try {
    const bound = bind(op, inputs.length, attributes);
    const [type] = bound.infer(contextOf(inputs));
    const [concrete] = bound.reference({
      inputs: inputs.map((input) => input.concrete),
      outputCount: 1,
      random: new RandomSource(0),
      runGraph: noGraphs,
    });
    if (!isSensible(concrete!)) return undefined;
    expect(type).toEqual(tensorType(concrete!.type, concrete!.dims));
    const areNumbers = inputs.every(({ symbolic }) => symbolic?.elements.every((element) => !hasSymbol(element)));
    const symbolic = bound.symbolic(contextOf(inputs))?.[0] ?? (areNumbers ? symbolicFromTensor(concrete!) : undefined);
    return { symbolic: symbolic?.elements.some(isFresh) ? undefined : symbolic, concrete: concrete! };
  } catch (error) {
    if (error instanceof ProblemError || error instanceof DimTooComplexError) return undefined;
    throw error;
  }
}

/** Whether the element is or has a size that the rule has made up, such as the remainder of a number by a size. */
function isFresh(element: Quantity): boolean {
  const names = symbolsOf(isFraction(element) ? element.numerator : element).keys();
  return [...names].some((name) => name !== 'H' && name !== 'W');
}

function hasThirds(tensor: SymbolicTensor): boolean {
  return tensor.elements.some((element) => isFraction(element) && !Number.isInteger(Math.log2(element.denominator)));
}

describe('the symbolic value', () => {
  it('is the value of the reference, once the sizes are numbers', () => {
    let comparisons = 0;
    const size = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(size, size, fc.array(step, { minLength: 1, maxLength: 12 }), (height, width, steps) => {
        const sizes: Bindings = new Map([
          ['H', height],
          ['W', width],
        ]);
        const values = startingValues(sizes);
        for (const next of steps) {
          const value = run(next, values);
          if (value === undefined) continue;
          // The newest values come first, so that programs grow deep.
          values.unshift(value);
          const { symbolic, concrete } = value;
          if (symbolic === undefined || !symbolic.elements.some(hasSymbol)) continue;
          comparisons++;
          const evaluated = evaluate(symbolic, sizes);
          expect(evaluated.dims).toEqual(concrete.dims);
          expect(evaluated.type).toBe(concrete.type);
          const actual = Array.from(numbersOf(evaluated));
          const expected = Array.from(numbersOf(concrete));
          // A third is rounded at every operation; its floor is compared where it is taken.
          if (hasThirds(symbolic)) {
            for (const [i, x] of actual.entries()) expect(x).toBeCloseTo(expected[i]!, 3);
          } else expect(actual, next.op).toEqual(expected.map((x) => x + 0));
        }
      }),
      { numRuns: 3000 },
    );
    expect(comparisons).toBeGreaterThan(1000);
  });

  it('is the value of the reference where a rounded fraction is scaled, shifted and cut', () => {
    const scale = fc.oneof(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 64 }).map((x) => x / 8),
    );
    const chain = fc.constantFrom(['Div', 'Mul'], ['Div', 'Add'], ['Div', 'Mul', 'Sub'], ['Div', 'Add', 'Div']);
    const cut = fc.constantFrom('Floor', 'Ceil');
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        chain,
        fc.array(scale, { minLength: 3, maxLength: 3 }),
        cut,
        (size, ops, scales, last) => {
          const sizes: Bindings = new Map([['H', size]]);
          const start = symbolicTensor('float32', [1], [h]);
          let value: Followed | undefined = { symbolic: start, concrete: evaluate(start, sizes) };
          for (const [i, op] of ops.entries()) {
            const concrete = tensorFromNumbers('float32', [1], [scales[i]!]);
            value =
              value &&
              run({ op, operands: [0, 1], attributes: {} }, [
                value,
                { concrete, symbolic: symbolicFromTensor(concrete) },
              ]);
          }
          value = value && run({ op: last, operands: [0], attributes: {} }, [value]);
          if (value?.symbolic === undefined) return;
          expect(Array.from(numbersOf(evaluate(value.symbolic, sizes)))).toEqual(
            Array.from(numbersOf(value.concrete), (x) => x + 0),
          );
        },
      ),
      { numRuns: 5000 },
    );
  });
});
