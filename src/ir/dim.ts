/**
 * Symbolic integers. A `Dim` is a number or a `Sym`: an integer combination of products of atoms, where an atom is a
 * named symbol, a floor division by a positive constant, a maximum or a minimum.
 *
 * A Sym is immutable, canonical and interned, so two dims that simplify to the same form are `===`. The form depends on
 * nothing but the expression: terms, factors and operands are in the order of `dim/order.ts`, whatever was made before.
 * Canonical form of floorDiv(p, d): every coefficient of p lies in [0, d) (whole multiples of d are taken out),
 * coefficients and d share no factor, and nested floors are merged: floor(floor(x/a)/b) = floor(x/(a·b)). Of a floor and
 * the one that is rounded the other way, `dim/floors.ts` chooses.
 */
export {
  add,
  ceilDiv,
  floorDiv,
  fromTerms,
  mod,
  mul,
  negate,
  sub,
  withoutConstant,
} from './dim/arithmetic.js';
export { divideExact } from './dim/divide.js';
export { type Cases, casesOf, max, min } from './dim/extremum.js';
export { formatDim } from './dim/format.js';
export { sumsBuilt, symbol, unknownInteger } from './dim/intern.js';
export { rangeOf } from './dim/range.js';
export { type Bindings, substitute } from './dim/substitute.js';
export { type Atom, type Dim, DimTooComplexError, type Range, Sym, type Term, unlessTooComplex } from './dim/sym.js';
export { hasUnknown, type SymbolFacts, symbolNameOf, symbolOf, symbolsOf, symbolsOfAtom } from './dim/symbols.js';
