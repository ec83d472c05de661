/** The symbols in expressions. */
import { single } from './intern.js';
import type { Atom, Dim, Sym } from './sym.js';

export interface SymbolFacts {
  readonly name: string;
  readonly min: number;
  readonly reason: string | undefined;
}

type Symbols = ReadonlyMap<string, SymbolFacts>;

const noSymbols: Symbols = new Map();
const symbolsInSums = new WeakMap<Sym, Symbols>();
const symbolsInAtoms = new WeakMap<Atom, Symbols>();

/** Every symbol in the expressions, by name, in order of appearance. */
export function symbolsOf(...dims: readonly Dim[]): ReadonlyMap<string, SymbolFacts> {
  const found = dims.map(symbolsOfSum).filter(({ size }) => size > 0);
  return found.length < 2 ? (found[0] ?? noSymbols) : united(found);
}

function symbolsOfSum(dim: Dim): Symbols {
  if (typeof dim === 'number') return noSymbols;
  let found = symbolsInSums.get(dim);
  if (found === undefined) {
    const atomsOfSum = [...new Set(dim.terms.flatMap(({ factors }) => factors))];
    found = atomsOfSum.length === 1 ? symbolsOfAtom(atomsOfSum[0]!) : united(atomsOfSum.map(symbolsOfAtom));
    symbolsInSums.set(dim, found);
  }
  return found;
}

/** Every symbol in the atom, by name. */
export function symbolsOfAtom(atom: Atom): Symbols {
  let found = symbolsInAtoms.get(atom);
  if (found === undefined) {
    if (atom.kind === 'symbol') found = new Map([[atom.name, { name: atom.name, min: atom.min, reason: atom.reason }]]);
    else found = atom.kind === 'floorDiv' ? symbolsOfSum(atom.numerator) : symbolsOf(...atom.operands);
    symbolsInAtoms.set(atom, found);
  }
  return found;
}

function united(parts: readonly Symbols[]): Symbols {
  const found = new Map<string, SymbolFacts>();
  for (const symbols of parts) for (const [name, facts] of symbols) found.set(name, facts);
  return found;
}

export function hasSymbolOf(atom: Atom, names: ReadonlyMap<string, unknown>): boolean {
  for (const name of symbolsOfAtom(atom).keys()) if (names.has(name)) return true;
  return false;
}

export function sharesSymbols(a: Dim, b: Dim): boolean {
  if (typeof a === 'number' || typeof b === 'number') return false;
  const names = symbolsOf(a);
  return b.terms.some(({ factors }) => factors.some((atom) => hasSymbolOf(atom, names)));
}

/** Whether there is an unknown integer in the expression. */
export function hasUnknown(dim: Dim): boolean {
  if (typeof dim === 'number') return false;
  return [...symbolsOf(dim).values()].some(({ min }) => min === Number.NEGATIVE_INFINITY);
}

/** The symbol if it is a factor of some term; undefined if it occurs only inside floors and extrema. */
export function symbolOf(dim: Dim, name: string): Sym | undefined {
  if (typeof dim === 'number') return undefined;
  for (const { factors } of dim.terms) {
    const atom = factors.find((factor) => factor.kind === 'symbol' && factor.name === name);
    if (atom !== undefined) return single(atom);
  }
  return undefined;
}

/** The name of a dim that is a single symbol: `H` for H, undefined for 2*H and for numbers. */
export function symbolNameOf(dim: Dim | undefined): string | undefined {
  if (dim === undefined || typeof dim === 'number') return undefined;
  const [name] = symbolsOf(dim).keys();
  return name !== undefined && symbolOf(dim, name) === dim ? name : undefined;
}
