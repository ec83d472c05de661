/** CumSum, CumProd. */
import { type ElementType, isBigInt, isFloat } from '../../ir/element-type.js';
import { integersOf, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { constantsOf, type Quantity, type SymbolicTensor, symbolicTensor } from '../../ir/quantity.js';
import { tensorType } from '../../ir/shape.js';
import { Tensor } from '../../ir/tensor.js';
import { normalizeAxis, tensorAt } from '../arguments.js';
import { resultArray } from '../elementwise/element-types.js';
import { addElements, allKnown, asElement, hasSymbol, multiplyElements } from '../elementwise/symbolic.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator, type ReferenceContext } from '../operator.js';
import { linesAlong } from './lines.js';
import { cumProdSchema, cumSumSchema } from './schemas.js';

interface Direction {
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

interface Cumulative {
  readonly schema: typeof cumSumSchema | typeof cumProdSchema;
  readonly initial: 0 | 1;
  readonly number: (type: ElementType) => (a: number, b: number) => number;
  readonly bigint: (a: bigint, b: bigint) => bigint;
  readonly quantity: (a: Quantity, b: Quantity, type: ElementType) => Quantity | undefined;
}

function accumulate<T>(
  x: ArrayLike<T>,
  out: { [index: number]: T },
  dims: readonly number[],
  axis: number,
  { exclusive, reverse }: Direction,
  initial: T,
  apply: (a: T, b: T) => T,
): void {
  const { length, stride, starts } = linesAlong(dims, axis);
  for (const start of starts) {
    const first = reverse ? start + (length - 1) * stride : start;
    const step = reverse ? -stride : stride;
    let total = initial;
    for (let i = 0; i < length; i++) {
      const at = first + i * step;
      const next = apply(total, x[at]!);
      out[at] = exclusive ? total : next;
      total = next;
    }
  }
}

function cumulate(context: ReferenceContext<Direction>, { initial, number, bigint }: Cumulative): Tensor {
  const x = tensorAt(context, 0);
  const { type, dims } = x;
  const axis = normalizeAxis(integersOf(tensorAt(context, 1))[0] ?? 0, dims.length);
  if (isBigInt(type)) {
    const out = type === 'int64' ? new BigInt64Array(x.size) : new BigUint64Array(x.size);
    const wrap = type === 'int64' ? BigInt.asIntN : BigInt.asUintN;
    const step = (a: bigint, b: bigint) => wrap(64, bigint(a, b));
    accumulate(x.data as BigInt64Array, out, dims, axis, context.attributes, BigInt(initial), step);
    return new Tensor(type, dims, out);
  }
  const out = resultArray(type, x.size);
  accumulate<number>(numbersOf(x), out, dims, axis, context.attributes, initial, number(type));
  return tensorFromNumbers(type, dims, out);
}

function cumulateSymbolic(
  context: InferContext<Direction>,
  { initial, quantity }: Cumulative,
): readonly SymbolicTensor[] | undefined {
  const x = context.known(0);
  const position = context.known(1);
  const [number] = (position && constantsOf(position)) ?? [];
  if (x === undefined || number === undefined || !x.elements.some(hasSymbol)) return undefined;
  const { type, dims } = x;
  const elements: (Quantity | undefined)[] = [...x.elements];
  const step = (a: Quantity | undefined, b: Quantity | undefined) => {
    const next = a === undefined || b === undefined ? undefined : quantity(a, b, type);
    return next === undefined ? undefined : asElement(next, type);
  };
  accumulate<Quantity | undefined>(
    x.elements,
    elements,
    dims,
    normalizeAxis(number, dims.length),
    context.attributes,
    initial,
    step,
  );
  return allKnown(elements) ? [symbolicTensor(type, dims, elements)] : undefined;
}

function defineCumulative(cumulative: Cumulative): Operator {
  return defineOperator({
    ...cumulative.schema,
    infer: (context) => {
      const shape = context.shape(0);
      const axis = context.known(1);
      const [number] = (axis && constantsOf(axis)) ?? [];
      if (shape !== undefined && number !== undefined) normalizeAxis(number, shape.length);
      return [tensorType(context.elementType(0), shape)];
    },
    symbolic: (context) => cumulateSymbolic(context, cumulative),
    reference: (context) => [cumulate(context, cumulative)],
  });
}

export const cumulative: readonly Operator[] = [
  defineCumulative({
    schema: cumSumSchema,
    initial: 0,
    // Integers of up to 32 bits wrap at each step, so that long lines stay exact.
    number: (type) => (isFloat(type) ? (a, b) => a + b : (a, b) => (a + b) | 0),
    bigint: (a, b) => a + b,
    quantity: addElements,
  }),
  defineCumulative({
    schema: cumProdSchema,
    initial: 1,
    number: (type) => (isFloat(type) ? (a, b) => a * b : Math.imul),
    bigint: (a, b) => a * b,
    quantity: multiplyElements,
  }),
];
