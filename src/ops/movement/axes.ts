/** Lists of axes. */

import { fail } from '../../diagnostics.js';
import { normalizeAxis } from '../arguments.js';
import { axisRepeated } from '../problems.js';

export function allAxes(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** The axes counted from the front. @throws ProblemError US1208 if an axis is out of range or repeated */
export function normalizeAxes(axes: readonly number[], rank: number): number[] {
  const places = axes.map((axis) => normalizeAxis(axis, rank));
  if (new Set(places).size === places.length) return places;
  fail(axisRepeated({ axes }));
}
