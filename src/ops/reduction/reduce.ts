/**
 * ReduceSum and related operators: one pass over the input in memory order that folds each element into its result.
 */
import { type ElementType, elementTypeFacts, isBigInt, isFloat } from '../../ir/element-type.js';
import { type NumberArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { type Quantity, type SymbolicTensor, symbolicTensor } from '../../ir/quantity.js';
import { tensorType } from '../../ir/shape.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { bigIntFromNumber } from '../elementwise/conversion.js';
import { broadcastStrides, forEachRun, type Run } from '../elementwise/runs.js';
import {
  addElements,
  allKnown,
  asElement,
  hasSymbol,
  maxQuantity,
  minQuantity,
  multiplyElements,
} from '../elementwise/symbolic.js';
import { maxBigInt, minBigInt } from '../elementwise/variadic.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, bools, bytes, int64s, type TypeSet, wideNumbers } from '../type-set.js';
import {
  axesToReduce,
  inferReduced,
  knownAxes,
  type ReductionAttributes,
  reducedAxes,
  reducedShape,
  reductionAttributes,
} from './axes.js';

interface Fold<T> {
  /** The result for an empty set, before `finish`. */
  readonly initial: T;
  readonly step: (result: T, element: T) => T;
  /** Converts the fold of `count` elements to the result. */
  readonly finish?: (result: T, count: number) => T;
}

interface NumberFold extends Fold<number> {
  /**
   * The fold along a run whose results begin at `from` and are `step` apart, as a loop to avoid a call per element.
   */
  readonly loop?: (x: NumberArray, results: NumberArray, run: Run) => void;
  /** Whether integers are folded as floats and truncated at the end; otherwise they wrap in their own storage. */
  readonly isFloating?: boolean;
}

interface Reduction<N extends string> {
  readonly name: N;
  readonly versions: readonly number[];
  /** The version in which the axes became an input. */
  readonly axesInputSince?: number;
  readonly takes?: TypeSet;
  readonly number: (type: ElementType) => NumberFold;
  /** For int64 and uint64 (default: folded as numbers). */
  readonly bigint?: (type: ElementType) => Fold<bigint>;
  readonly quantity?: (a: Quantity, b: Quantity, type: ElementType) => Quantity | undefined;
  readonly reduce?: (x: Tensor, isReduced: readonly boolean[]) => NumberArray;
}

/** Visits the input run by run; each run's results begin at `from` and are `step` apart. */
function forEachReductionRun(dims: readonly number[], isReduced: readonly boolean[], visit: (run: Run) => void): void {
  forEachRun(dims, [broadcastStrides(reducedShape(dims, isReduced, true), dims)], visit);
}

function resultCount(dims: readonly number[], isReduced: readonly boolean[]): number {
  return elementCount(reducedShape(dims, isReduced, false));
}

/** The number of elements that are folded into each result. */
function setSize(dims: readonly number[], isReduced: readonly boolean[]): number {
  return elementCount(dims.filter((_, axis) => isReduced[axis]));
}

function loopOver<T>(
  step: (result: T, element: T) => T,
): (x: ArrayLike<T>, results: { [index: number]: T }, run: Run) => void {
  return (x, results, run) => {
    const first = run.from[0]!;
    const stride = run.step[0]!;
    for (let i = 0; i < run.length; i++) {
      const at = first + i * stride;
      results[at] = step(results[at]!, x[run.start + i]!);
    }
  };
}

function reduceNumbers(x: Tensor, isReduced: readonly boolean[], fold: NumberFold): NumberArray {
  const isFloating = fold.isFloating || isFloat(x.type) || isBigInt(x.type);
  const count = resultCount(x.dims, isReduced);
  const results = isFloating ? new Float64Array(count) : (new (elementTypeFacts(x.type).array!)(count) as NumberArray);
  results.fill(fold.initial);
  const numbers = numbersOf(x);
  const loop = fold.loop ?? loopOver(fold.step);
  forEachReductionRun(x.dims, isReduced, (run) => loop(numbers, results, run));
  finish(results, fold, setSize(x.dims, isReduced));
  return results;
}

function reduceBigInts(x: Tensor, isReduced: readonly boolean[], fold: Fold<bigint>): BigInt64Array | BigUint64Array {
  const count = resultCount(x.dims, isReduced);
  const results = x.type === 'int64' ? new BigInt64Array(count) : new BigUint64Array(count);
  results.fill(fold.initial);
  const loop = loopOver(fold.step);
  forEachReductionRun(x.dims, isReduced, (run) => loop(x.data as BigInt64Array, results, run));
  finish(results, fold, setSize(x.dims, isReduced));
  return results;
}

function finish<T>(results: { [index: number]: T; readonly length: number }, fold: Fold<T>, count: number): void {
  if (fold.finish === undefined) return;
  for (let i = 0; i < results.length; i++) results[i] = fold.finish(results[i]!, count);
}

/** ln Σ eˣ, computed relative to the largest element so that nothing overflows. */
function logSumExp(x: Tensor, isReduced: readonly boolean[]): NumberArray {
  const results = reduceNumbers(x, isReduced, { initial: Number.NEGATIVE_INFINITY, step: Math.max, isFloating: true });
  const largest = results.map((value) => (Number.isFinite(value) ? value : 0));
  const numbers = numbersOf(x);
  results.fill(0);
  forEachReductionRun(x.dims, isReduced, ({ start, length, from: [first], step: [stride] }) => {
    for (let i = 0; i < length; i++) {
      const at = first! + i * stride!;
      results[at]! += Math.exp(numbers[start + i]! - largest[at]!);
    }
  });
  return results.map((sum, i) => largest[i]! + Math.log(sum));
}

function asTensor(type: ElementType, dims: readonly number[], results: NumberArray): Tensor {
  if (!isBigInt(type)) return tensorFromNumbers(type, dims, results);
  const values = Array.from(results, bigIntFromNumber);
  return new Tensor(type, dims, type === 'int64' ? BigInt64Array.from(values) : BigUint64Array.from(values));
}

/** The fold over quantities. Sets with a symbol in them are not empty, so the fold starts with their first element. */
function reduceSymbolic(
  context: InferContext<ReductionAttributes>,
  apply: (a: Quantity, b: Quantity, type: ElementType) => Quantity | undefined,
): readonly SymbolicTensor[] | undefined {
  const x = context.known(0);
  const axes = knownAxes(context);
  if (x === undefined || axes === undefined || !x.elements.some(hasSymbol)) return undefined;
  const { keepdims, noop_with_empty_axes } = context.attributes;
  const isReduced = reducedAxes(axes.axes, x.dims.length, noop_with_empty_axes);
  const results = new Map<number, Quantity | undefined>();
  forEachReductionRun(x.dims, isReduced, ({ start, length, from: [first], step: [stride] }) => {
    for (let i = 0; i < length; i++) {
      const at = first! + i * stride!;
      const element = x.elements[start + i]!;
      const before = results.get(at);
      if (!results.has(at)) results.set(at, element);
      else {
        const after = before === undefined ? undefined : apply(before, element, x.type);
        results.set(at, after === undefined ? undefined : asElement(after, x.type));
      }
    }
  });
  const elements = Array.from({ length: results.size }, (_, at) => results.get(at));
  if (!allKnown(elements)) return undefined;
  return [symbolicTensor(x.type, reducedShape(x.dims, isReduced, keepdims), elements)];
}

const reducible = wideNumbers.from(13, bfloat16s);
/** Types with an order. */
const ordered = wideNumbers.from(12, bytes).from(13, bfloat16s).from(20, bools);

function defineReduction<const N extends string>(reduction: Reduction<N>) {
  const { name, versions, axesInputSince = 18, takes = reducible, number, bigint, quantity, reduce } = reduction;
  return defineOperator({
    name,
    versions,
    inputs: [required('data', 'T'), optional('axes', int64s).from(axesInputSince)],
    outputs: [required('reduced', 'T')],
    types: { T: takes },
    attributes: reductionAttributes(axesInputSince),
    infer: (context) => [tensorType(context.elementType(0), inferReduced(context))],
    ...(quantity && {
      symbolic: (context: InferContext<ReductionAttributes>) => reduceSymbolic(context, quantity),
    }),
    reference: (context) => {
      const x = tensorAt(context, 0);
      const isReduced = axesToReduce(context, x.dims.length);
      const dims = reducedShape(x.dims, isReduced, context.attributes.keepdims);
      if (bigint !== undefined && isBigInt(x.type)) {
        return [new Tensor(x.type, dims, reduceBigInts(x, isReduced, bigint(x.type)))];
      }
      const results = reduce?.(x, isReduced) ?? reduceNumbers(x, isReduced, number(x.type));
      return [asTensor(x.type, dims, results)];
    },
  });
}

function abs(x: bigint): bigint {
  return x < 0n ? -x : x;
}

/** The least and the greatest value of a type, infinities if it has them. */
function limits(type: ElementType): { readonly least: number; readonly greatest: number } {
  const { kind, bits } = elementTypeFacts(type);
  if (kind === 'float') return { least: Number.NEGATIVE_INFINITY, greatest: Number.POSITIVE_INFINITY };
  if (kind === 'bool') return { least: 0, greatest: 1 };
  const least = kind === 'signed' ? -(2 ** (bits - 1)) : 0;
  return { least, greatest: least + 2 ** bits - 1 };
}

function limits64(type: ElementType): { readonly least: bigint; readonly greatest: bigint } {
  const least = type === 'int64' ? -(2n ** 63n) : 0n;
  return { least, greatest: least + 2n ** 64n - 1n };
}

/** Sums floats along a run in a local variable. */
function addRun(x: NumberArray, results: NumberArray, { start, length, from, step }: Run): void {
  const first = from[0]!;
  const stride = step[0]!;
  if (stride === 0) {
    let sum = results[first]!;
    for (let i = start; i < start + length; i++) sum += x[i]!;
    results[first] = sum;
  } else {
    for (let i = 0; i < length; i++) results[first + i * stride]! += x[start + i]!;
  }
}

const add = (sum: number, x: number) => sum + x;

function sumOf(type: ElementType): NumberFold {
  return isFloat(type) ? { initial: 0, step: add, loop: addRun } : { initial: 0, step: add };
}

const multiply = (product: number, x: number) => product * x;

function sumOfSquares(type: ElementType): NumberFold {
  return { initial: 0, step: isFloat(type) ? (sum, x) => sum + x * x : (sum, x) => sum + Math.imul(x, x) };
}

export const reductions = family(
  defineReduction({
    name: 'ReduceSum',
    versions: [1, 11, 13],
    axesInputSince: 13,
    number: sumOf,
    bigint: () => ({ initial: 0n, step: (sum, x) => sum + x }),
    quantity: addElements,
  }),
  defineReduction({
    name: 'ReduceMean',
    versions: [1, 11, 13, 18],
    number: () => ({ initial: 0, step: add, loop: addRun, finish: (sum, count) => sum / count, isFloating: true }),
    bigint: () => ({
      initial: 0n,
      step: (sum, x) => sum + x,
      finish: (sum, count) => (count === 0 ? 0n : sum / BigInt(count)),
    }),
  }),
  defineReduction({
    name: 'ReduceProd',
    versions: [1, 11, 13, 18],
    number: (type) => ({ initial: 1, step: isFloat(type) ? multiply : Math.imul }),
    bigint: () => ({ initial: 1n, step: (product, x) => product * x }),
    quantity: multiplyElements,
  }),
  defineReduction({
    name: 'ReduceMax',
    versions: [1, 11, 12, 13, 18, 20],
    takes: ordered,
    number: (type) => ({ initial: limits(type).least, step: Math.max }),
    bigint: (type) => ({ initial: limits64(type).least, step: maxBigInt }),
    quantity: maxQuantity,
  }),
  defineReduction({
    name: 'ReduceMin',
    versions: [1, 11, 12, 13, 18, 20],
    takes: ordered,
    number: (type) => ({ initial: limits(type).greatest, step: Math.min }),
    bigint: (type) => ({ initial: limits64(type).greatest, step: minBigInt }),
    quantity: minQuantity,
  }),
  defineReduction({
    name: 'ReduceL1',
    versions: [1, 11, 13, 18],
    number: () => ({ initial: 0, step: (sum, x) => sum + Math.abs(x) }),
    bigint: () => ({ initial: 0n, step: (sum, x) => sum + abs(x) }),
  }),
  defineReduction({
    name: 'ReduceL2',
    versions: [1, 11, 13, 18],
    number: () => ({ initial: 0, step: (sum, x) => sum + x * x, finish: Math.sqrt, isFloating: true }),
  }),
  defineReduction({
    name: 'ReduceSumSquare',
    versions: [1, 11, 13, 18],
    number: sumOfSquares,
    bigint: () => ({ initial: 0n, step: (sum, x) => sum + x * x }),
  }),
  defineReduction({
    name: 'ReduceLogSum',
    versions: [1, 11, 13, 18],
    number: () => ({ initial: 0, step: add, loop: addRun, finish: Math.log, isFloating: true }),
  }),
  defineReduction({
    name: 'ReduceLogSumExp',
    versions: [1, 11, 13, 18],
    number: () => ({ initial: 0, step: add }),
    reduce: logSumExp,
  }),
);
