/**
 * Resize: resamples every axis, by scales or to sizes.
 *
 * Where others differ. In ONNX's reference and test cases, align_corners spans the fractional size input · scale, as it
 * does here; in onnxruntime it spans the rounded size. Both agree if that product is an integer or sizes are given.
 */
import { defineProblem, fail } from '../../diagnostics.js';
import { integersOf, numbersOf } from '../../ir/numeric.js';
import { isUnknown } from '../../ir/quantity.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { flag, float, ints, text } from '../attributes.js';
import { partlyKnownDims, requestedShape } from '../creation/target-shape.js';
import { requireKind } from '../elementwise/element-types.js';
import type { InferContext } from '../infer-context.js';
import { type BoundAttributes, defineOperator, family, type ReferenceContext } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, classicTypes, float32s, int64s, reals } from '../type-set.js';
import { type CoordinateMode, coordinateModes, type NearestMode, type ResizedAxis } from './coordinates.js';
import {
  type AspectRatioPolicy,
  type OutputSize,
  requestedDims,
  requestedSizes,
  requireOnePerAxis,
  resizedAxes,
  scaledDim,
  scaledSize,
} from './resize-sizes.js';
import { type AxisTaps, axisTables, type ResizeMethod, resizeTensor } from './resize-tensor.js';

interface ResizeAttributes {
  readonly antialias: boolean;
  readonly axes: readonly number[] | undefined;
  readonly coordinate_transformation_mode: CoordinateMode;
  readonly cubic_coeff_a: number;
  readonly exclude_outside: boolean;
  readonly extrapolation_value: number;
  readonly keep_aspect_ratio_policy: AspectRatioPolicy;
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly nearest_mode: Exclude<NearestMode, 'ceil_where_smaller'>;
}

/** Indices of the inputs by version: version 10 has only X and scales. */
export function inputPlaces(version: number) {
  return version < 11 ? { roi: -1, scales: 1, sizes: -1 } : { roi: 1, scales: 2, sizes: 3 };
}

/** Which of scales and sizes is given. An unknown length counts as non-zero. */
function presentOf(context: InferContext<unknown>, places: ReturnType<typeof inputPlaces>): 'scales' | 'sizes' {
  const isAbsent = (i: number) => context.inputs[i] === undefined || context.shape(i)?.[0] === 0;
  const isFull = (i: number) => !isAbsent(i) && typeof context.shape(i)?.[0] === 'number';
  const [scales, sizes] = [places.scales, places.sizes];
  if (isAbsent(scales) && isAbsent(sizes)) requireEither(false, false);
  if (isFull(scales) && isFull(sizes)) requireEither(true, true);
  return isAbsent(sizes) || isFull(scales) ? 'scales' : 'sizes';
}

const scalesOrSizes = defineProblem('US1306', { areGiven: 'boolean' }, ({ areGiven }) => ({
  message: areGiven ? 'scales and sizes are both given' : 'neither scales nor sizes are given',
  expected: 'one of the inputs scales and sizes; the other absent or empty',
}));

function requireEither(hasScales: boolean, hasSizes: boolean): void {
  if (hasScales !== hasSizes) return;
  fail(scalesOrSizes({ areGiven: hasScales }));
}

/** `shape` with `axes` replaced, in order. */
function replaceAxes(shape: Shape, axes: readonly number[], sizes: Shape): Shape {
  const result = [...shape];
  axes.forEach((axis, i) => {
    result[axis] = sizes[i]!;
  });
  return result;
}

function resizeShape(context: InferContext<ResizeAttributes>): Shape | undefined {
  const x = context.shape(0);
  if (x === undefined) return undefined;
  const { attributes } = context;
  const places = inputPlaces(context.version);
  const axes = resizedAxes(attributes.axes, x.length);
  const name = presentOf(context, places);
  const place = places[name];
  requireOnePerAxis(name, context.shape(place), axes);
  const resized = axes.map((axis) => x[axis]!);
  const reason = (i: number) => `the ${name.slice(0, -1)} of axis ${axes[i]} is computed at run time`;
  if (name === 'sizes') {
    const sizes = requestedShape(context, place, reason) ?? axes.map((_, i) => context.fresh(reason(i)));
    const known = partlyKnownDims(context, place) ?? [];
    return replaceAxes(x, axes, requestedDims(context, attributes.keep_aspect_ratio_policy, resized, sizes, known));
  }
  const scales = context.partlyKnown(place)?.elements;
  const dims = resized.map((dim, i) => {
    const scale = scales?.[i];
    return scale === undefined || isUnknown(scale) ? context.fresh(reason(i)) : scaledDim(context, dim, scale);
  });
  return replaceAxes(x, axes, dims);
}

function resizeMethod(version: number, attributes: ResizeAttributes): ResizeMethod {
  return {
    mode: attributes.mode,
    coordinates: version < 11 ? 'asymmetric' : attributes.coordinate_transformation_mode,
    nearest: version < 11 ? 'ceil_where_smaller' : attributes.nearest_mode,
    cubicCoefficient: attributes.cubic_coeff_a,
    excludeOutside: attributes.exclude_outside,
    antialias: attributes.antialias,
    extrapolation: attributes.extrapolation_value,
  };
}

/** The input if it is present and not empty. */
function present(context: Pick<ReferenceContext<unknown>, 'inputs'>, i: number): Tensor | undefined {
  const tensor = context.inputs[i];
  return tensor === undefined || tensor.size === 0 ? undefined : tensor;
}

function referenceResize(context: ReferenceContext<ResizeAttributes>): Tensor {
  const { attributes, version } = context;
  const x = tensorAt(context, 0);
  const places = inputPlaces(version);
  const [roi, scales, sizes] = [places.roi, places.scales, places.sizes].map((i) => present(context, i));
  const axes = resizedAxes(attributes.axes, x.dims.length);
  requireOnePerAxis('scales', scales?.dims, axes);
  requireOnePerAxis('sizes', sizes?.dims, axes);
  const placed = placeAxes(attributes, x.dims, {
    scales: scales && numbersOf(scales),
    sizes: sizes && integersOf(sizes),
    roi: roi && numbersOf(roi),
  });
  return resizeTensor(x, placed, resizeMethod(version, attributes));
}

interface ResizeInputs {
  readonly scales: ArrayLike<number> | undefined;
  readonly sizes: readonly number[] | undefined;
  readonly roi: ArrayLike<number> | undefined;
}

function placeAxes(
  attributes: ResizeAttributes,
  dims: readonly number[],
  { scales, sizes, roi }: ResizeInputs,
): ResizedAxis[] {
  const axes = resizedAxes(attributes.axes, dims.length);
  const resized = axes.map((axis) => dims[axis]!);
  if (axes.length > 0) requireEither(scales !== undefined, sizes !== undefined);
  let outputs: OutputSize<number>[] = [];
  if (sizes !== undefined) {
    requireOnePerAxis('sizes', [sizes.length], axes);
    outputs = requestedSizes(attributes.keep_aspect_ratio_policy, resized, sizes);
  } else if (scales !== undefined) {
    requireOnePerAxis('scales', [scales.length], axes);
    outputs = resized.map((input, i) => scaledSize(input, scales[i]!));
  }
  const crops = attributes.coordinate_transformation_mode === 'tf_crop_and_resize' ? readCrops(roi, axes) : [];
  const placed: ResizedAxis[] = dims.map((input) => ({ input, output: input, extent: input, crop: [0, 1] }));
  axes.forEach((axis, i) => {
    placed[axis] = { input: dims[axis]!, ...outputs[i]!, crop: crops[i] ?? [0, 1] };
  });
  return placed;
}

/** How a node resizes: each axis before and after, and the interpolation. */
export interface Resizing {
  readonly axes: readonly ResizedAxis[];
  readonly method: ResizeMethod;
}

/**
 * How a Resize resizes inputs of these dims.
 * @param numbersAt the elements of input i if they are known before running
 * @returns undefined if scales and sizes are computed at run time, or a region that the mode reads is
 */
export function resizingOf(
  { version, attributes }: BoundAttributes<typeof resizeAttributes>,
  dims: readonly number[],
  numbersAt: (i: number) => readonly number[] | undefined,
): Resizing | undefined {
  const places = inputPlaces(version);
  const given = (i: number) => {
    const numbers = numbersAt(i);
    return numbers === undefined || numbers.length === 0 ? undefined : numbers;
  };
  const [scales, sizes] = [given(places.scales), given(places.sizes)];
  if ((scales === undefined) === (sizes === undefined)) return undefined;
  if (attributes.coordinate_transformation_mode === 'tf_crop_and_resize') return undefined;
  return {
    axes: placeAxes(attributes, dims, { scales, sizes, roi: undefined }),
    method: resizeMethod(version, attributes),
  };
}

/** The taps of each axis of a Resize; undefined if `resizingOf` is undefined. */
export function resizeTables(...given: Parameters<typeof resizingOf>): readonly AxisTaps[] | undefined {
  const resizing = resizingOf(...given);
  return resizing && axisTables(resizing.axes, resizing.method);
}

const roiAbsent = defineProblem('US1306', { message: 'tf_crop_and_resize needs the input roi', value: 'roi' });

const roiCount = defineProblem('US1211', { axes: 'integer', roi: 'numbers' }, ({ axes, roi }) => ({
  message: 'roi must hold a start and an end for each axis to resize',
  value: 'roi',
  expected: `${2 * axes} finite values`,
  actual: `[${roi.join(', ')}]`,
}));

/** roi has the starts of all axes, then the ends. */
function readCrops(roi: ArrayLike<number> | undefined, axes: readonly number[]): (readonly [number, number])[] {
  if (roi === undefined) {
    fail(roiAbsent());
  }
  const bounds = Array.from(roi);
  if (bounds.length !== 2 * axes.length || !bounds.every(Number.isFinite)) {
    fail(roiCount({ axes: axes.length, roi: bounds }));
  }
  return axes.map((_, i) => [bounds[i]!, bounds[i + axes.length]!]);
}

const resizeAttributes = {
  antialias: flag(false).from(18),
  axes: ints().from(18),
  coordinate_transformation_mode: text('half_pixel')
    .oneOf(...coordinateModes)
    .from(11),
  cubic_coeff_a: float(-0.75).from(11),
  exclude_outside: flag(false).from(11),
  extrapolation_value: float(0).from(11),
  keep_aspect_ratio_policy: text('stretch').oneOf('stretch', 'not_larger', 'not_smaller').from(18),
  mode: text('nearest').oneOf('nearest', 'linear', 'cubic'),
  nearest_mode: text('round_prefer_floor').oneOf('round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil').from(11),
};

export const resize = family(
  defineOperator({
    name: 'Resize',
    versions: [10, 11, 13, 18, 19],
    inputs: [
      required('X', 'T1'),
      optional('roi', 'T2').requiredBefore(13).from(11),
      optional('scales', float32s).requiredBefore(13),
      optional('sizes', int64s).from(11),
    ],
    outputs: [required('Y', 'T1')],
    types: { T1: classicTypes.from(13, bfloat16s), T2: reals },
    attributes: resizeAttributes,
    infer: (context) => {
      if (context.attributes.mode !== 'nearest') requireKind(context.elementType(0), 'number', 'X');
      return [tensorType(context.elementType(0), resizeShape(context))];
    },
    reference: (context) => [referenceResize(context)],
  }),
);
