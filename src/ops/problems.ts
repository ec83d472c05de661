/** Problems that operators of several families raise. */
import { defineProblem } from '../diagnostics.js';

export const attributeRequired = defineProblem('US1302', { attribute: 'string' }, ({ attribute }) => ({
  message: `the attribute '${attribute}' is required`,
  value: attribute,
}));

export const axisRepeated = defineProblem('US1208', { axes: 'integers' }, ({ axes }) => ({
  message: 'an axis is named twice',
  value: 'axes',
  expected: 'axes that differ',
  actual: `[${axes.join(', ')}]`,
}));

export const elementTypesDiffer = defineProblem(
  'US1210',
  { what: 'string', first: 'string', second: 'string' },
  ({ what, first, second }) => ({ message: `${what} must have one element type`, expected: first, actual: second }),
);

/** Sizes that must be equal, for operators without their own words. */
export const sizesDiffer = defineProblem(
  'US1202',
  { what: 'string', expected: 'size', actual: 'size' },
  ({ what, expected, actual }) => ({
    message: `${what} must be equal`,
    expected: String(expected),
    actual: String(actual),
  }),
);

/** `3`, `at least 1`, `2 to 4`. */
export function rangeText(minimum: number, maximum: number | undefined): string {
  if (maximum === undefined) return `at least ${minimum}`;
  return minimum === maximum ? `${minimum}` : `${minimum} to ${maximum}`;
}

/** A maximum for data; undefined if it is infinite. */
export function finite(maximum: number): number | undefined {
  return maximum === Number.POSITIVE_INFINITY ? undefined : maximum;
}
