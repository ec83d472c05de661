/** Which element types an operator computes with, and the storage it computes in. */
import { defineProblem, fail } from '../../diagnostics.js';
import { type ElementType, elementTypeFacts, isFloat, isInteger } from '../../ir/element-type.js';
import { computeArray, type NumberArray } from '../../ir/numeric.js';
import { isSmallFloat } from '../../ir/small-float.js';

const kinds = {
  float: { words: 'a float type', has: isFloat },
  integer: { words: 'an integer type', has: isInteger },
  signed: { words: 'a signed type', has: (type) => isFloat(type) || elementTypeFacts(type).kind === 'signed' },
  number: { words: 'a numeric type', has: (type) => isFloat(type) || isInteger(type) },
  ordered: { words: 'a numeric type or bool', has: (type) => isFloat(type) || isInteger(type) || type === 'bool' },
  bool: { words: 'bool', has: (type) => type === 'bool' },
  any: { words: 'any type', has: () => true },
} as const satisfies Record<string, { readonly words: string; readonly has: (type: ElementType) => boolean }>;

/**
 * Families of element types. The specification widens an operator's list from version to version; what any version
 * takes is taken in all of them.
 */
export type TypeKind = keyof typeof kinds;

const elementTypeNotTaken = defineProblem(
  'US1210',
  { input: 'string', takes: 'string', type: 'string' },
  ({ input, takes, type }) => ({
    message: `${input} has an element type that the operator does not take`,
    value: input,
    expected: takes,
    actual: type,
  }),
);

/** An element type that is known and not of `kind` is an error. */
export function requireKind(type: ElementType | undefined, kind: TypeKind, what: string): void {
  if (type === undefined || kinds[kind].has(type)) return;
  fail(elementTypeNotTaken({ input: what, takes: kinds[kind].words, type }));
}

/** Storage for results of `type` before they are rounded: small floats wait in float64, so that they are rounded once. */
export function resultArray(type: ElementType, count: number): NumberArray {
  return isSmallFloat(type) ? new Float64Array(count) : computeArray(type, count);
}
