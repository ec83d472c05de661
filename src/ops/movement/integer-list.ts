/** Inputs that are lists of integers: shapes, axes, pads, bounds. */
import { maxKnownElements } from '../../ir/quantity.js';
import type { Shape } from '../../ir/shape.js';
import { shapeOfRank } from '../arguments.js';
import type { InferContext } from '../infer-context.js';

/**
 * The shape of a list, if known. With `orScalar`, a scalar counts as a list of one, as some exporters write axes.
 * @throws ProblemError US1201 for another rank, US1210 for another type
 */
export function requireList(
  context: Pick<InferContext<unknown>, 'shape' | 'elementType'>,
  i: number,
  name: string,
  orScalar = false,
): Shape | undefined {
  return shapeOfRank(context, i, name, { min: orScalar ? 0 : 1, max: 1 });
}

/** The length of a list; undefined if unknown or longer than any list that is followed. */
export function listLength(shape: Shape | undefined): number | undefined {
  const length = shape?.length === 0 ? 1 : shape?.[0];
  return typeof length === 'number' && length <= maxKnownElements ? length : undefined;
}
