/** MaxPool and AveragePool: windows slide over every plane along one to three spatial axes. */

import { add, type Dim, floorDiv, formatDim, max, sub } from '../../ir/dim.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { shapeOfRank } from '../arguments.js';
import { flag, int } from '../attributes.js';
import { kernelExtent } from '../convolution/conv-transpose-geometry.js';
import {
  type ConcreteWindow,
  concreteWindows,
  requireKernelRank,
  type SpatialAttributes,
  spatialAttributes,
  type WindowAxis,
  windowAxes,
  windowCount,
  windowTooLarge,
} from '../convolution/window.js';
import type { InferContext } from '../infer-context.js';
import { laterReferences } from '../later-references.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, bytes, int64s, reals } from '../type-set.js';

export interface PoolAttributes extends SpatialAttributes {
  readonly kernel_shape: readonly number[];
  readonly ceil_mode?: boolean;
}

export const poolAttributes = { ...spatialAttributes, kernel_shape: spatialAttributes.kernel_shape.required() };

export function poolShape(context: InferContext<PoolAttributes>): Shape | undefined {
  const x = shapeOfRank(context, 0, 'X', { min: 3, max: 5 });
  if (x === undefined) return undefined;
  const { kernel_shape: kernel, ceil_mode = false } = context.attributes;
  requireKernelRank(kernel, x.length - 2);
  const axes = windowAxes(context.attributes, kernel);
  return [x[0]!, x[1]!, ...axes.map((axis, i) => poolCount(axis, x[i + 2]!, ceil_mode, context))];
}

/**
 * By how many elements a single window exceeds the padded input, if they are fewer than the stride; undefined otherwise.
 * The specification counts no window then. onnxruntime since 1.17 counts one, because it rounds toward zero.
 */
export function overhangOf(axis: WindowAxis, input: number): number | undefined {
  const { stride, padBegin, padEnd, autoPad } = axis;
  if (autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER' || input < 1) return undefined;
  const overhang = kernelExtent(axis) - (input + padBegin + padEnd);
  return overhang > 0 && overhang < stride ? overhang : undefined;
}

/**
 * How many windows there are along an axis. One that overhangs counts, as in onnxruntime; of an open size legal are those
 * that all tools agree on, unless the context asks for the others too.
 */
function poolCount(
  axis: WindowAxis,
  input: Dim,
  ceilMode = false,
  context?: Pick<InferContext<unknown>, 'atLeast' | 'countsOverhangs'>,
): Dim {
  if (typeof input === 'number' && overhangOf(axis, input) !== undefined) return 1;
  const { stride, padBegin, padEnd, autoPad } = axis;
  const isPadded = autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER';
  // With ceil_mode the window counts as it is.
  const isRoundedUp = ceilMode && autoPad === 'NOTSET';
  if (context?.countsOverhangs && typeof input !== 'number' && !isPadded && !isRoundedUp) {
    const room = sub(add(input, padBegin, padEnd), kernelExtent(axis));
    context.atLeast(add(room, stride), 1, `what windows over an axis of size ${formatDim(input)} have`, () =>
      windowTooLarge({ window: kernelExtent(axis), input, padBegin, padEnd }),
    );
    return max(add(floorDiv(room, stride), 1), 1);
  }
  return windowCount(axis, input, ceilMode, context);
}

/** The windows over spatial axes of known sizes. */
export function poolWindows(attributes: PoolAttributes, inputs: readonly number[]): ConcreteWindow[] {
  const axes = windowAxes(attributes, attributes.kernel_shape);
  return concreteWindows(axes, inputs, (axis, input) => poolCount(axis, input, attributes.ceil_mode));
}

export const pooling = family(
  defineOperator({
    name: 'MaxPool',
    versions: [1, 8, 10, 11, 12, 22],
    inputs: [required('X', 'T')],
    outputs: [required('Y', 'T'), optional('Indices', int64s).from(8)],
    types: { T: reals.from(12, bytes).from(22, bfloat16s) },
    attributes: {
      ...poolAttributes,
      dilations: poolAttributes.dilations.from(10),
      ceil_mode: flag(false).from(10),
      storage_order: int(0).from(8).oneOf(0, 1),
    },
    infer: (context) => {
      const shape = poolShape(context);
      return [tensorType(context.elementType(0), shape), tensorType('int64', shape)];
    },
    reference: (context) => laterReferences.value.maxPooled(context),
  }),
  defineOperator({
    name: 'AveragePool',
    versions: [1, 7, 10, 11, 19, 22],
    inputs: [required('X', 'T')],
    outputs: [required('Y', 'T')],
    types: { T: reals.from(22, bfloat16s) },
    attributes: {
      ...poolAttributes,
      dilations: poolAttributes.dilations.from(19),
      ceil_mode: flag(false).from(10),
      count_include_pad: flag(false).from(7),
    },
    infer: (context) => [tensorType(context.elementType(0), poolShape(context))],
    reference: (context) => laterReferences.value.averagePooled(context),
  }),
);
