/** Lists of axes. */
import { fail } from '../../diagnostics.js';
import { formatShape } from '../../ir/shape.js';
import { normalizeAxis } from '../operator.js';

export function allAxes(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** The axes counted from the front. @throws ProblemError US1208 for an axis out of range and for one named twice */
export function normalizeAxes(axes: readonly number[], rank: number): number[] {
  const places = axes.map((axis) => normalizeAxis(axis, rank));
  if (new Set(places).size === places.length) return places;
  fail('US1208', 'an axis is named twice', {
    value: 'axes',
    expected: 'axes that differ',
    actual: formatShape(axes),
  });
}
