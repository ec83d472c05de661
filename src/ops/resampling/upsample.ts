import { numbersOf } from '../../ir/numeric.js';
import { isUnknown, quantityFromNumber } from '../../ir/quantity.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { float, floats, text } from '../attributes.js';
import { requireKind } from '../elementwise/element-types.js';
import type { InferContext } from '../infer-context.js';
import { type BoundAttributes, defineOperator, family, type ReferenceContext } from '../operator.js';
import { required } from '../signature.js';
import { bools, classicTypes, float32s, indexTypes, reals } from '../type-set.js';
import type { ResizedAxis } from './coordinates.js';
import type { Resizing } from './resize.js';
import { requireOnePerAxis, resizedAxes, scaledDim, scaledSize } from './resize-sizes.js';
import { type AxisTaps, axisTables, type ResizeMethod, resizeTensor } from './resize-tensor.js';

interface UpsampleAttributes {
  readonly height_scale: number | undefined;
  readonly mode: 'nearest' | 'linear' | 'bilinear';
  readonly scales: readonly number[] | undefined;
  readonly width_scale: number | undefined;
}

/**
 * Version 1 scales the last two of four axes, version 7 has an attribute; undefined for later versions, which have an
 * input.
 */
function attributeScales(version: number, attributes: UpsampleAttributes): readonly number[] | undefined {
  const { height_scale, width_scale, scales } = attributes;
  if (version >= 9) return undefined;
  if (version >= 7) return scales;
  return [1, 1, height_scale!, width_scale!];
}

function upsampleShape(context: InferContext<UpsampleAttributes>): Shape | undefined {
  const x = context.shape(0);
  if (x === undefined) return undefined;
  const axes = resizedAxes(undefined, x.length);
  const listed = attributeScales(context.version, context.attributes);
  requireOnePerAxis('scales', listed === undefined ? context.shape(1) : [listed.length], axes);
  const scales = listed?.map(quantityFromNumber) ?? context.partlyKnown(1)?.elements;
  return x.map((dim, axis) => {
    const scale = scales?.[axis];
    return scale === undefined || isUnknown(scale)
      ? context.fresh(`the scale of axis ${axis} is computed while running`)
      : scaledDim(context, dim, scale);
  });
}

/** The method is not specified; this is onnxruntime's. */
function methodFor(mode: UpsampleAttributes['mode']): ResizeMethod {
  return {
    mode: mode === 'nearest' ? 'nearest' : 'linear',
    coordinates: 'asymmetric',
    nearest: 'ceil_where_smaller',
    cubicCoefficient: 0,
    excludeOutside: false,
    antialias: false,
    extrapolation: 0,
  };
}

function referenceUpsample(context: ReferenceContext<UpsampleAttributes>): Tensor {
  const x = tensorAt(context, 0);
  const scales = attributeScales(context.version, context.attributes) ?? numbersOf(tensorAt(context, 1));
  return resizeTensor(x, placeAxes(x.dims, scales), methodFor(context.attributes.mode));
}

const upsampleAttributes = {
  height_scale: float().requiredBefore(7).before(7),
  mode: text('nearest').oneOf('nearest', 'linear', 'bilinear'),
  scales: floats().requiredBefore(9).from(7).before(9),
  width_scale: float().requiredBefore(7).before(7),
};

/** As `resizingOf`, for Upsample. */
export function upsamplingOf(
  { version, attributes }: BoundAttributes<typeof upsampleAttributes>,
  dims: readonly number[],
  numbersAt: (i: number) => readonly number[] | undefined,
): Resizing | undefined {
  const scales = attributeScales(version, attributes) ?? numbersAt(1);
  return scales && { axes: placeAxes(dims, scales), method: methodFor(attributes.mode) };
}

/** As `resizeTables`, for Upsample. */
export function upsampleTables(...given: Parameters<typeof upsamplingOf>): readonly AxisTaps[] | undefined {
  const resizing = upsamplingOf(...given);
  return resizing && axisTables(resizing.axes, resizing.method);
}

function placeAxes(dims: readonly number[], scales: ArrayLike<number>): ResizedAxis[] {
  requireOnePerAxis('scales', [scales.length], resizedAxes(undefined, dims.length));
  return dims.map((input, i) => ({ input, ...scaledSize(input, scales[i]!), crop: [0, 1] }));
}

export const upsample = family(
  defineOperator({
    name: 'Upsample',
    versions: [1, 7, 9],
    removedIn: 10,
    inputs: [required('X', 'T'), required('scales', float32s).from(9)],
    outputs: [required('Y', 'T')],
    types: { T: reals.and(indexTypes, bools).from(7, classicTypes) },
    attributes: upsampleAttributes,
    infer: (context) => {
      if (context.attributes.mode !== 'nearest') requireKind(context.elementType(0), 'number', 'X');
      return [tensorType(context.elementType(0), upsampleShape(context))];
    },
    reference: (context) => [referenceUpsample(context)],
  }),
);
