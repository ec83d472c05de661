/**
 * A total order of expressions that depends on them alone, so that what is made, printed and tried is the same in every
 * process. Symbols come by name, with numbers in names by value; those that inference made up come last, and N, which
 * is the first axis of most shapes, first.
 */
import type { Atom, Dim, Sym } from './sym.js';

/** Compares as the name should: `s9` before `s10`. */
export function sortKeyOf(name: string, isMadeUp: boolean): string {
  const rank = isMadeUp ? 2 : name.toUpperCase() === 'N' ? 0 : 1;
  return `${rank}${name.replace(/\d+/g, (digits) => digits.padStart(mostDigits, '0'))}`;
}

/** Longer numbers are compared as text. */
const mostDigits = 12;

const kinds: readonly Atom['kind'][] = ['symbol', 'floorDiv', 'max', 'min'];

export function compareAtoms(a: Atom, b: Atom): number {
  if (a === b) return 0;
  if (a.kind === 'symbol' && b.kind === 'symbol')
    return (
      compareText(a.sortKey, b.sortKey) ||
      compareText(a.name, b.name) ||
      compareNumbers(a.min, b.min) ||
      compareText(a.reason ?? '', b.reason ?? '') ||
      Number(a.reason !== undefined) - Number(b.reason !== undefined)
    );
  if (a.kind === 'floorDiv' && b.kind === 'floorDiv')
    return compareDims(a.numerator, b.numerator) || compareNumbers(a.denominator, b.denominator);
  if ((a.kind === 'max' || a.kind === 'min') && a.kind === b.kind)
    return compareLists(a.operands, b.operands, compareDims);
  return kinds.indexOf(a.kind) - kinds.indexOf(b.kind);
}

export function compareFactors(a: readonly Atom[], b: readonly Atom[]): number {
  return compareLists(a, b, compareAtoms);
}

/** Numbers come last. */
export function compareDims(a: Dim, b: Dim): number {
  if (a === b) return 0;
  if (typeof a === 'number') return typeof b === 'number' ? compareNumbers(a, b) : 1;
  return typeof b === 'number' ? -1 : compareSums(a, b);
}

function compareSums(a: Sym, b: Sym): number {
  return (
    compareLists(a.terms, b.terms, (x, y) => compareFactors(x.factors, y.factors) || x.coefficient - y.coefficient) ||
    a.constant - b.constant
  );
}

/** Item by item; of two that begin alike the shorter one is first. */
function compareLists<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const order = compare(a[i] as T, b[i] as T);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Of infinite ones as well. */
function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
