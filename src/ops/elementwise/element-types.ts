/** The element types that an operator supports, and the storage that it computes in. */
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
 * Families of element types. The specification extends an operator's types from version to version; types of any
 * version are accepted in all.
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

/** Throws if the element type is known and not of `kind`. */
export function requireKind(type: ElementType | undefined, kind: TypeKind, what: string): void {
  if (type === undefined || kinds[kind].has(type)) return;
  fail(elementTypeNotTaken({ input: what, takes: kinds[kind].words, type }));
}

/**
 * Storage for results of `type` before they are rounded; float64 for small floats, so that they are rounded only once.
 */
export function resultArray(type: ElementType, count: number): NumberArray {
  return isSmallFloat(type) ? new Float64Array(count) : computeArray(type, count);
}
