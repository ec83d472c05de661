/** Indices that come as data, counted from the front, or from the back if negative. */

import { defineProblem, fail } from '../../diagnostics.js';
import type { ElementType } from '../../ir/element-type.js';
import { numbersOf } from '../../ir/numeric.js';
import { constantsOf } from '../../ir/quantity.js';
import { formatShape } from '../../ir/shape.js';
import { rowMajorStrides, type Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { requireKind } from '../elementwise/element-types.js';
import type { InferContext } from '../infer-context.js';
import type { ReferenceContext } from '../operator.js';
import { elementTypesDiffer } from '../problems.js';

export interface Indices {
  readonly dims: readonly number[];
  readonly values: ArrayLike<number>;
}

/** The indices at input 1 if they are known as numbers. */
export function knownIndices(context: Pick<InferContext<unknown>, 'known'>): Indices | undefined {
  const known = context.known(1);
  const values = known && constantsOf(known);
  return known && values && { dims: known.dims, values };
}

/** The indices at input 1. */
export function indicesAt(context: Pick<ReferenceContext<unknown>, 'inputs'>): Indices {
  const tensor = tensorAt(context, 1);
  return { dims: tensor.dims, values: numbersOf(tensor) };
}

/** The name of element `flat` in a message: `indices[0, 2]`. */
export function placeOf(dims: readonly number[], flat: number, name = 'indices'): string {
  const place = rowMajorStrides(dims).map((stride, axis) => Math.floor(flat / stride) % dims[axis]!);
  return `${name}[${place.join(', ')}]`;
}

const indexOutOfRange = defineProblem(
  'US2006',
  { place: 'string', index: 'integer', axis: 'integer', size: 'integer' },
  ({ place, index, axis, size }) => ({
    message: `${place} is ${index}, outside axis ${axis} of size ${size}`,
    value: 'indices',
    expected: size === 0 ? 'no index: the axis is empty' : `${-size} to ${size - 1}`,
    actual: String(index),
  }),
);

/**
 * The index counted from the front.
 * @param place the name of the index in a message
 * @throws ProblemError US2006 if it is not an integer in [−size, size)
 */
export function normalizeIndex(index: number, size: number, axis: number, place: () => string): number {
  if (index >= -size && index < size && Number.isInteger(index)) return index < 0 ? index + size : index;
  fail(indexOutOfRange({ place: place(), index, axis, size }));
}

const updatesShape = defineProblem(
  'US1202',
  { expectedShape: 'shape', shape: 'shape' },
  ({ expectedShape, shape }) => ({
    message: 'the updates do not fit the data and the indices',
    value: 'updates',
    expected: formatShape(expectedShape),
    actual: formatShape(shape),
  }),
);

/**
 * Checks that `updates` has shape `expected` and the element type of the data, which may be known only at run time.
 */
export function checkUpdates(data: Tensor, updates: Tensor, expected: readonly number[]): void {
  const isSame = data.type === updates.type && updates.dims.length === expected.length;
  if (isSame && expected.every((size, axis) => size === updates.dims[axis])) return;
  if (data.type !== updates.type)
    fail(elementTypesDiffer({ what: 'data and updates', first: data.type, second: updates.type }));
  fail(updatesShape({ expectedShape: expected, shape: updates.dims }));
}

export function requireIndices(type: ElementType | undefined): void {
  requireKind(type, 'integer', 'indices');
}
