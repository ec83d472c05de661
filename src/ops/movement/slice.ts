/** Slice: parts of axes, from start to end by steps. */
import { fail } from '../../diagnostics.js';
import { add, ceilDiv, type Dim, max, min, rangeOf, sub } from '../../ir/dim.js';
import { integersOf } from '../../ir/numeric.js';
import { constantsOf, dimsOf, isDim, type Quantity } from '../../ir/quantity.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { rowMajorStrides, type Tensor } from '../../ir/tensor.js';
import { ints } from '../attributes.js';
import { defineOperator, type InferContext, normalizeAxis, type Operator, tensorAt } from '../operator.js';
import { type Gathered, pickSymbolic, pickTensor } from './elements.js';
import { stridedIndices } from './strided.js';

/** What exporters write for "to the end" is a bound of int32 or int64; no axis is that long. */
const beyond = 2 ** 31 - 1;

interface AxisSlice {
  readonly axis: number;
  readonly start: Dim;
  readonly end: Dim;
  readonly step: number;
}

type SignTest = (dim: Dim) => boolean;

const signOfNumber: SignTest = (dim) => rangeOf(dim).min >= 0;

/** min and max where signs are known that the expressions alone do not show. */
function least(a: Dim, b: Dim, isNonNegative: SignTest): Dim {
  if (isNonNegative(sub(a, b))) return b;
  return isNonNegative(sub(b, a)) ? a : min(a, b);
}

function greatest(a: Dim, b: Dim, isNonNegative: SignTest): Dim {
  if (isNonNegative(sub(a, b))) return a;
  return isNonNegative(sub(b, a)) ? b : max(a, b);
}

/** start or end within [low, high] as Operators.md clamps them; undefined when its sign depends on the sizes. */
function clampBound(bound: Dim, size: Dim, [low, high]: readonly [Dim, Dim], isNonNegative: SignTest): Dim | undefined {
  const range = rangeOf(bound);
  if (range.min >= beyond) return high;
  if (range.max <= -beyond) return low;
  if (isNonNegative(bound)) return least(bound, high, isNonNegative);
  if (range.max < 0) return greatest(add(bound, size), low, isNonNegative);
  return undefined;
}

/** First element and count of a slice; undefined when they depend on the sizes in more than min and max can say. */
function resolve(
  { start, end, step }: Omit<AxisSlice, 'axis'>,
  size: Dim,
  isNonNegative: SignTest = signOfNumber,
): { readonly first: Dim; readonly count: Dim } | undefined {
  const limits: [Dim, Dim] = step > 0 ? [0, size] : [-1, sub(size, 1)];
  const first = clampBound(start, size, limits, isNonNegative);
  const last = clampBound(end, size, limits, isNonNegative);
  if (first === undefined || last === undefined) return undefined;
  const distance = step > 0 ? sub(last, first) : sub(first, last);
  return { first, count: greatest(ceilDiv(distance, Math.abs(step)), 0, isNonNegative) };
}

function checkStep(step: number): void {
  if (step === 0)
    fail('US1211', 'a step of a Slice is 0', { value: 'steps', expected: 'steps other than 0', actual: '0' });
}

/** The lists of a node as axis slices. @throws ProblemError when their lengths differ or an axis is out of range */
function pair(
  rank: number,
  starts: readonly Dim[],
  ends: readonly Dim[],
  axes: readonly number[] | undefined,
  steps: readonly number[] | undefined,
): AxisSlice[] {
  const lengths = [starts, ends, axes, steps].filter((list) => list !== undefined).map((list) => list.length);
  if (new Set(lengths).size > 1) {
    fail('US1209', 'starts, ends, axes and steps do not belong together', {
      expected: 'lists of one length',
      actual: `${lengths.join(', ')} entries`,
    });
  }
  return starts.map((start, i) => {
    const step = steps?.[i] ?? 1;
    checkStep(step);
    return { axis: normalizeAxis(axes?.[i] ?? i, rank), start, end: ends[i]!, step };
  });
}

interface SliceContext {
  readonly version: number;
  readonly attributes: {
    readonly starts: readonly number[] | undefined;
    readonly ends: readonly number[] | undefined;
    readonly axes: readonly number[] | undefined;
  };
}

/** The slices, with undefined for bounds that are computed at run time; undefined when not even the axes are known. */
function knownSlices(
  context: InferContext<SliceContext['attributes']>,
  rank: number,
): readonly (AxisSlice | { readonly axis: number })[] | undefined {
  const { starts, ends, axes } = context.attributes;
  if (context.version < 10) return pair(rank, starts ?? [], ends ?? [], axes, undefined);
  const numbers = (i: number) => {
    if (context.inputs[i] === undefined) return 'absent';
    const known = context.known(i);
    return known && constantsOf(known);
  };
  const places = numbers(3);
  const steps = numbers(4);
  const [first, last] = [1, 2].map((i) => context.known(i)) as [
    ReturnType<typeof context.known>,
    ReturnType<typeof context.known>,
  ];
  const count = first?.elements.length ?? last?.elements.length ?? context.shape(1)?.[0];
  if (places === undefined || (places === 'absent' && typeof count !== 'number')) return undefined;
  const axisList = places === 'absent' ? Array.from({ length: count as number }, (_, i) => i) : places;
  const isWhole = (list: typeof first) => list?.elements.every(isDim) === true;
  if (steps !== undefined && isWhole(first) && isWhole(last)) {
    return pair(rank, dimsOf(first!)!, dimsOf(last!)!, axisList, steps === 'absent' ? undefined : steps);
  }
  return axisList.map((axis) => ({ axis: normalizeAxis(axis, rank) }));
}

function sliceShape(context: InferContext<SliceContext['attributes']>): Shape | undefined {
  const data = context.shape(0);
  if (data === undefined) return undefined;
  const slices = knownSlices(context, data.length);
  if (slices === undefined) return data.map(() => context.fresh('the axes of the Slice are computed at run time'));
  const dims = [...data];
  for (const slice of slices) {
    const resolved =
      'step' in slice ? resolve(slice, data[slice.axis]!, (dim) => context.isNonNegative(dim)) : undefined;
    dims[slice.axis] =
      resolved?.count ?? context.fresh('where the Slice begins and ends depends on data or on the sign of a size');
  }
  return dims;
}

function sliceElements(dims: readonly number[], slices: readonly AxisSlice[]): Gathered {
  const strides = rowMajorStrides(dims);
  const target = [...dims];
  const steps = [...strides];
  let start = 0;
  for (const slice of slices) {
    const { first, count } = resolve(slice, dims[slice.axis]!) as { first: number; count: number };
    target[slice.axis] = count;
    steps[slice.axis] = slice.step * strides[slice.axis]!;
    if (count > 0) start += first * strides[slice.axis]!;
  }
  return { dims: target, indices: stridedIndices(target, steps, start) };
}

function runSlices(
  { version, attributes }: SliceContext,
  inputs: readonly (Tensor | undefined)[],
  rank: number,
): AxisSlice[] {
  const { starts, ends, axes } = attributes;
  if (version < 10) return pair(rank, starts ?? [], ends ?? [], axes, undefined);
  const list = (i: number) => inputs[i] && integersOf(inputs[i]);
  return pair(rank, list(1) ?? [], list(2) ?? [], list(3), list(4));
}

function isConcreteSlice(slice: AxisSlice | { readonly axis: number }): slice is AxisSlice {
  return 'step' in slice && [slice.start, slice.end].every((bound: Quantity) => typeof bound === 'number');
}

export const slicing: readonly Operator[] = [
  defineOperator({
    name: 'Slice',
    versions: [1, 10, 11, 13],
    inputs: [1, 5],
    outputs: [1, 1],
    attributes: {
      starts: ints().before(10),
      ends: ints().before(10),
      axes: ints().before(10),
    },
    infer: (context) => [tensorType(context.elementType(0), sliceShape(context))],
    symbolic: (context) => {
      const data = context.known(0);
      const slices = data && knownSlices(context, data.dims.length);
      if (data === undefined || slices === undefined || !slices.every(isConcreteSlice)) return undefined;
      return [pickSymbolic(data, sliceElements(data.dims, slices))];
    },
    reference: (context) => {
      const data = tensorAt(context, 0);
      return [pickTensor(data, sliceElements(data.dims, runSlices(context, context.inputs, data.dims.length)))];
    },
  }),
];
