/** Values for symbols. */
import { add, floorDiv, fromTerms, mul } from './arithmetic.js';
import { extremumOf, operandsOf } from './extremum.js';
import { single } from './intern.js';
import type { Atom, Dim, ExtremumAtom } from './sym.js';
import { hasSymbolOf } from './symbols.js';

/** Values or expressions for symbols; symbols without an entry stay. */
export type Bindings = ReadonlyMap<string, Dim>;

/** The dim with symbols replaced; a number once every symbol is bound to one. */
export function substitute(dim: Dim, bindings: Bindings): Dim {
  if (typeof dim === 'number' || bindings.size === 0) return dim;
  const isBound = (atom: Atom) => hasSymbolOf(atom, bindings);
  const changed = dim.terms.filter(({ factors }) => factors.some(isBound));
  if (changed.length === 0) return dim;
  const products = changed.map(({ coefficient, factors }) => {
    const kept = fromTerms([{ coefficient, factors: factors.filter((atom) => !isBound(atom)) }]);
    return mul(kept, ...factors.filter(isBound).map((atom) => substituteAtom(atom, bindings)));
  });
  const others = dim.terms.filter((term) => !changed.includes(term));
  return add(others.length === 0 ? dim.constant : fromTerms(others, dim.constant), ...products);
}

function substituteAtom(atom: Atom, bindings: Bindings): Dim {
  switch (atom.kind) {
    case 'symbol':
      return bindings.get(atom.name) ?? single(atom);
    case 'floorDiv':
      return floorDiv(substitute(atom.numerator, bindings), atom.denominator);
    case 'max':
    case 'min':
      return substituteOperands(atom, bindings);
  }
}

function substituteOperands({ kind, operands }: ExtremumAtom, bindings: Bindings): Dim {
  const values = operands.map((operand) => substitute(operand, bindings));
  const same = values.filter((value, i) => value === operands[i]);
  const changed = values.filter((value, i) => value !== operands[i]);
  return extremumOf(
    kind,
    same,
    changed.flatMap((value) => operandsOf(kind, value)),
  );
}
