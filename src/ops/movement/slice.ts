/** Slice: takes parts of axes, from start to end in steps. */

import { defineProblem, fail } from '../../diagnostics.js';
import type { Dim } from '../../ir/dim.js';
import { integersOf } from '../../ir/numeric.js';
import { constantsOf } from '../../ir/quantity.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { rowMajorStrides } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { ints } from '../attributes.js';
import { partlyKnownDims } from '../creation/target-shape.js';
import type { InferContext } from '../infer-context.js';
import { type BoundAttributes, defineOperator, family, type ReferenceContext } from '../operator.js';
import { optional, required } from '../signature.js';
import { stridedIndices } from '../strided.js';
import { anyType, indexTypes } from '../type-set.js';
import { allAxes, normalizeAxes } from './axes.js';
import { type Gathered, pickSymbolic, pickTensor } from './elements.js';
import { listLength, requireList } from './integer-list.js';
import { type AxisSlice, resolveSlice } from './slice-bounds.js';

interface SliceAttributes {
  readonly starts: readonly number[] | undefined;
  readonly ends: readonly number[] | undefined;
  readonly axes: readonly number[] | undefined;
}

/** The lists of a node: bounds, axes and steps that correspond by index. */
interface SliceLists<D extends Dim> {
  readonly starts: readonly D[];
  readonly ends: readonly D[];
  /** (default: the first axes, as many as there are bounds) */
  readonly axes: readonly number[] | undefined;
  /** (default: 1 for each axis) */
  readonly steps: readonly number[] | undefined;
}

const sliceListsMisfit = defineProblem('US1209', { lengths: 'integers' }, ({ lengths }) => ({
  message: 'starts, ends, axes and steps do not belong together',
  expected: 'lists of one length',
  actual: `${lengths.join(', ')} entries`,
}));

const sliceStepZero = defineProblem('US1211', {
  message: 'a step of a Slice is 0',
  value: 'steps',
  expected: 'steps other than 0',
});

/** The slices by axis. @throws ProblemError if the lists do not fit each other or the tensor */
function pairUp({ starts, ends, axes, steps }: SliceLists<Dim>, rank: number): Map<number, AxisSlice> {
  const lengths = [starts, ends, axes, steps].filter((list) => list !== undefined).map((list) => list.length);
  if (new Set(lengths).size > 1) {
    fail(sliceListsMisfit({ lengths }));
  }
  if (steps?.includes(0)) fail(sliceStepZero());
  const places = normalizeAxes(axes ?? allAxes(starts.length), rank);
  return new Map(places.map((axis, i) => [axis, { start: starts[i]!, end: ends[i]!, step: steps?.[i] ?? 1 }]));
}

/** Lists of versions before 10, which require bounds. */
function attributeLists({ starts, ends, axes }: SliceAttributes): SliceLists<number> {
  return { starts: starts!, ends: ends!, axes, steps: undefined };
}

/**
 * The slices by axis, with 'run time' for an axis whose bounds the model computes; undefined if even the axes are
 * unknown.
 */
function knownSlices(
  context: InferContext<SliceAttributes>,
  rank: number,
): Map<number, AxisSlice | 'run time'> | undefined {
  if (context.version < 10) return pairUp(attributeLists(context.attributes), rank);
  const names = ['data', 'starts', 'ends', 'axes', 'steps'] as const;
  for (let i = 1; i < names.length; i++) requireList(context, i, names[i]!);
  const numbers = (i: number) => {
    const known = context.known(i);
    return known && constantsOf(known);
  };
  const [starts, ends, axes, steps] = [
    partlyKnownDims(context, 1),
    partlyKnownDims(context, 2),
    numbers(3),
    numbers(4),
  ];
  const isKnown = (list: unknown, i: number) => list !== undefined || context.inputs[i] === undefined;
  if (!isKnown(axes, 3)) return undefined;
  if (starts !== undefined && ends !== undefined && isKnown(steps, 4)) {
    const orZero = (list: readonly (Dim | undefined)[]) => list.map((bound) => bound ?? 0);
    const slices = pairUp({ starts: orZero(starts), ends: orZero(ends), axes, steps }, rank);
    const isOpen = (_: unknown, i: number) => starts[i] === undefined || ends[i] === undefined;
    return new Map([...slices].map(([axis, slice], i) => [axis, isOpen(slice, i) ? 'run time' : slice]));
  }
  const count = axes?.length ?? starts?.length ?? ends?.length ?? listLength(context.shape(1));
  if (count === undefined) return undefined;
  return new Map(normalizeAxes(axes ?? allAxes(count), rank).map((axis) => [axis, 'run time']));
}

function sliceShape(context: InferContext<SliceAttributes>): Shape | undefined {
  const data = context.shape(0);
  if (data === undefined) return undefined;
  const slices = knownSlices(context, data.length);
  if (slices === undefined) return data.map(() => context.fresh('the axes of the Slice are computed at run time'));
  return data.map((size, axis) => {
    const slice = slices.get(axis);
    if (slice === undefined) return size;
    if (slice === 'run time') return context.fresh('where the Slice begins and ends is computed at run time');
    const resolved = resolveSlice(slice, size, (dim) => context.isNonNegative(dim));
    return resolved?.count ?? context.fresh('where the Slice begins and ends depends on the sign of a size');
  });
}

/** Slices with concrete bounds of concrete sizes. */
function sliceElements(dims: readonly number[], slices: ReadonlyMap<number, AxisSlice>): Gathered {
  const strides = rowMajorStrides(dims);
  const target = [...dims];
  const steps = [...strides];
  let begin = 0;
  for (const [axis, slice] of slices) {
    const { first, count } = resolveSlice(slice, dims[axis]!) as { first: number; count: number };
    target[axis] = count;
    // A step that is never taken may be as large as an int64.
    steps[axis] = count > 1 ? slice.step * strides[axis]! : 0;
    if (count > 0) begin += first * strides[axis]!;
  }
  return { dims: target, indices: stridedIndices(target, steps, begin) };
}

function runLists(context: ReferenceContext<SliceAttributes>): SliceLists<number> {
  if (context.version < 10) return attributeLists(context.attributes);
  const optional = (i: number) => context.inputs[i] && integersOf(context.inputs[i]);
  return {
    starts: integersOf(tensorAt(context, 1)),
    ends: integersOf(tensorAt(context, 2)),
    axes: optional(3),
    steps: optional(4),
  };
}

/**
 * The slice of each axis, for an input of these dims.
 * @param numbersAt the elements of input i if they are known before running
 * @returns undefined if bounds are computed at run time
 */
export function slicesAt(
  { version, attributes }: BoundAttributes<typeof sliceAttributes>,
  inputs: readonly unknown[],
  dims: readonly number[],
  numbersAt: (i: number) => readonly number[] | undefined,
): readonly { readonly first: number; readonly step: number; readonly count: number }[] | undefined {
  const isGiven = [1, 2, 3, 4].every((i) => inputs[i] === undefined || numbersAt(i) !== undefined);
  if (!isGiven) return undefined;
  const lists =
    version < 10
      ? attributeLists(attributes)
      : { starts: numbersAt(1)!, ends: numbersAt(2)!, axes: numbersAt(3), steps: numbersAt(4) };
  const slices = pairUp(lists, dims.length);
  return dims.map((size, axis) => {
    const slice = slices.get(axis);
    if (slice === undefined) return { first: 0, step: 1, count: size };
    const { first, count } = resolveSlice(slice, size) as { first: number; count: number };
    return { first, step: count > 1 ? slice.step : 1, count };
  });
}

function isConcrete(slice: AxisSlice | 'run time'): slice is AxisSlice {
  return slice !== 'run time' && typeof slice.start === 'number' && typeof slice.end === 'number';
}

const sliceAttributes = {
  starts: ints().requiredBefore(10).before(10),
  ends: ints().requiredBefore(10).before(10),
  axes: ints().before(10),
};

export const slicing = family(
  defineOperator({
    name: 'Slice',
    versions: [1, 10, 11, 13],
    inputs: [
      required('data', 'T'),
      required('starts', 'Tind').from(10),
      required('ends', 'Tind').from(10),
      optional('axes', 'Tind').from(10),
      optional('steps', 'Tind').from(10),
    ],
    outputs: [required('output', 'T')],
    types: { T: anyType, Tind: indexTypes },
    attributes: sliceAttributes,
    infer: (context) => [tensorType(context.elementType(0), sliceShape(context))],
    symbolic: (context) => {
      const data = context.partlyKnown(0);
      const slices = data && knownSlices(context, data.dims.length);
      if (data === undefined || slices === undefined || ![...slices.values()].every(isConcrete)) return undefined;
      return [pickSymbolic(data, sliceElements(data.dims, slices as ReadonlyMap<number, AxisSlice>))];
    },
    reference: (context) => {
      const data = tensorAt(context, 0);
      return [pickTensor(data, sliceElements(data.dims, pairUp(runLists(context), data.dims.length)))];
    },
  }),
);
