/** Squeeze and Unsqueeze: remove and insert axes of size 1. */

import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, rangeOf } from '../../ir/dim.js';
import { integersOf } from '../../ir/numeric.js';
import { constantsOf } from '../../ir/quantity.js';
import { formatShape, type Shape } from '../../ir/shape.js';
import { ints } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { family, type ReferenceContext } from '../operator.js';
import { attributeRequired } from '../problems.js';
import { optional, required } from '../signature.js';
import { anyType, int64s } from '../type-set.js';
import { normalizeAxes } from './axes.js';
import { defineReshaping } from './define-reshaping.js';
import { listLength, requireList } from './integer-list.js';

/** The axes of Squeeze and Unsqueeze: an attribute before version 13, an input since then; undefined if unknown. */
const axesAttribute = { axes: ints().before(13) };

function knownAxes(
  context: InferContext<{ readonly axes: readonly number[] | undefined }>,
): readonly number[] | 'all' | undefined {
  if (context.version < 13) return context.attributes.axes ?? 'all';
  if (context.inputs[1] === undefined) return 'all';
  requireList(context, 1, 'axes', true);
  const known = context.known(1);
  return known && constantsOf(known);
}

function runAxes(
  context: ReferenceContext<{ readonly axes: readonly number[] | undefined }>,
): readonly number[] | 'all' {
  if (context.version < 13) return context.attributes.axes ?? 'all';
  return context.inputs[1] === undefined ? 'all' : integersOf(context.inputs[1]);
}

/** Fresh sizes if only the number of axes is known. */
function unknownAxes(
  context: Pick<InferContext<unknown>, 'shape' | 'fresh'>,
  rankOf: (count: number) => number,
): Shape | undefined {
  const count = listLength(context.shape(1));
  if (count === undefined) return undefined;
  return Array.from({ length: Math.max(0, rankOf(count)) }, () => context.fresh('the axes are computed at run time'));
}

function squeezed<D extends Dim>(
  data: readonly D[],
  axes: readonly number[] | 'all',
  check: (dim: D, axis: number) => void,
): D[] {
  if (axes === 'all') return data.filter((dim) => dim !== 1);
  const dropped = new Set(normalizeAxes(axes, data.length));
  for (const axis of dropped) check(data[axis]!, axis);
  return data.filter((_, axis) => !dropped.has(axis));
}

const axisNotOne = defineProblem(
  'US1206',
  { axis: 'integer', shape: 'shape', size: 'size' },
  ({ axis, shape, size }) => ({
    message: `axis ${axis} of ${formatShape(shape)} cannot be squeezed`,
    expected: '1',
    actual: String(size),
  }),
);

function squeezeShape(context: InferContext<{ readonly axes: readonly number[] | undefined }>): Shape | undefined {
  const data = context.shape(0);
  const axes = knownAxes(context);
  if (data === undefined) return undefined;
  if (axes === undefined) return unknownAxes(context, (count) => data.length - count);
  // The rank depends on which open sizes are 1.
  if (axes === 'all' && !data.every((dim) => rangeOf(dim).min > 1 || typeof dim === 'number')) return undefined;
  return squeezed(data, axes, (dim, axis) => {
    context.unify(dim, 1, `axis ${axis}, which is squeezed, and 1`, {
      otherwise: () => axisNotOne({ axis, shape: data, size: dim }),
    });
  });
}

function unsqueezed<D extends Dim>(data: readonly D[], axes: readonly number[] | 'all', one: D): D[] {
  if (axes === 'all') fail(attributeRequired({ attribute: 'axes' }));
  const rank = data.length + axes.length;
  const added = new Set(normalizeAxes(axes, rank));
  const rest = data[Symbol.iterator]();
  return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? one : rest.next().value!));
}

export const squeezing = family(
  defineReshaping({
    name: 'Squeeze',
    versions: [1, 11, 13, 21, 23, 24, 25],
    inputs: [required('data', 'T'), optional('axes', int64s).from(13)],
    outputs: [required('squeezed', 'T')],
    types: { T: anyType },
    attributes: axesAttribute,
    shape: squeezeShape,
    dims: (context, data) =>
      squeezed(data, runAxes(context), (dim, axis) => {
        if (dim !== 1) fail(axisNotOne({ axis, shape: data, size: dim }));
      }),
  }),
  defineReshaping({
    name: 'Unsqueeze',
    versions: [1, 11, 13, 21, 23, 24, 25],
    inputs: [required('data', 'T'), required('axes', int64s).from(13)],
    outputs: [required('expanded', 'T')],
    types: { T: anyType },
    attributes: { axes: ints().requiredBefore(13).before(13) },
    shape: (context) => {
      const data = context.shape(0);
      const axes = knownAxes(context);
      if (data === undefined) return undefined;
      if (axes === undefined) return unknownAxes(context, (count) => data.length + count);
      return unsqueezed<Dim>(data, axes, 1);
    },
    dims: (context, data) => unsqueezed(data, runAxes(context), 1),
  }),
);
