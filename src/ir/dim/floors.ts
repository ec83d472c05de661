/**
 * Floors and those that are rounded the other way. For integers, floor(p/d) = −floor((d − 1 − p)/d), and with multiples of
 * d taken out, the two add up to the sum of what p consists of: floor(h/2) + floor((h + 1)/2) = h, and
 * floor(3·h/4) + floor((h + 3)/4) = h. So a sum could be written in several ways. Of each such pair one is plain,
 * and sums are written with that one, unless the other one alone says it: h − floor((h + 3)/4) is floor(3·h/4).
 */
import { floorDivAtom, intern, productKey } from './intern.js';
import { compareAtoms } from './order.js';
import { type Atom, type FloorDivAtom, Sym, type Term } from './sym.js';

interface Pair {
  readonly isPlain: boolean;
  /** What the floor and its counterpart add up to, with plain floors. */
  readonly whole: readonly Term[];
  /** Equal for a floor and its counterpart. */
  readonly key: string;
}

const pairs = new WeakMap<FloorDivAtom, Pair>();
const counterparts = new WeakMap<FloorDivAtom, FloorDivAtom>();

function pairOf(floor: FloorDivAtom): Pair {
  let pair = pairs.get(floor);
  if (pair === undefined) {
    const { numerator, denominator } = floor;
    const products = numerator.terms.map(({ factors }) => ({ coefficient: 1, factors }));
    const key = `${denominator}|${products.map(({ factors }) => productKey(factors)).join('|')}`;
    pair = { isPlain: isPlain(numerator, denominator), whole: withPlainFloors(products) ?? products, key };
    pairs.set(floor, pair);
  }
  return pair;
}

/** Of 1/4 and 3/4 the smaller; of floor(h/2) and floor((h + 1)/2) the former. */
function isPlain({ terms, constant }: Sym, denominator: number): boolean {
  for (const { coefficient } of terms) {
    const other = denominator - coefficient;
    if (coefficient !== other) return coefficient < other;
  }
  return constant === 0;
}

/** The floor that is rounded the other way; undefined where it is not within the limits of expressions. */
function counterpartOf(floor: FloorDivAtom): FloorDivAtom | undefined {
  const known = counterparts.get(floor);
  if (known !== undefined) return known;
  const { numerator, denominator } = floor;
  const terms = numerator.terms.map(({ coefficient, factors }) => ({
    coefficient: denominator - coefficient,
    factors,
  }));
  const mirrored = intern(terms, denominator - 1 - numerator.constant);
  if (!(mirrored instanceof Sym)) return undefined;
  const found = floorDivAtom(mirrored, denominator);
  counterparts.set(floor, found);
  counterparts.set(found, floor);
  return found;
}

/** @param terms merged; those of coefficient 0 are dropped */
export function joinFloors(terms: readonly Term[]): readonly Term[] {
  if (!terms.some(({ factors }) => factors.some(({ kind }) => kind === 'floorDiv'))) return terms;
  const floors = floorsIn(terms);
  const kept = terms.filter(({ coefficient }) => coefficient !== 0);
  if (kept.length < 2) return kept;
  if ([...floors].every((floor) => pairOf(floor).isPlain)) return collapse(kept, floors);
  const plain = doMeet(kept) ? withPlainFloors(kept) : undefined;
  return plain === undefined ? kept : collapse(plain, floorsIn(plain));
}

function floorsIn(terms: readonly Term[]): Set<FloorDivAtom> {
  const floors = new Set<FloorDivAtom>();
  for (const { coefficient, factors } of terms)
    if (coefficient !== 0) for (const atom of factors) if (atom.kind === 'floorDiv') floors.add(atom);
  return floors;
}

/** Whether writing a floor by its counterpart gives a product that another term is or gives as well. */
function doMeet(terms: readonly Term[]): boolean {
  const seen = new Set(terms.map(({ factors }) => productKey(factors)));
  for (const { factors } of terms) {
    for (const floor of new Set(factors)) {
      if (floor.kind !== 'floorDiv') continue;
      const others = without(factors, floor);
      const { key, whole } = pairOf(floor);
      const keys = whole.map((term) => productKey(merged(term.factors, others)));
      for (const own of [`${key} ${productKey(others)}`, ...keys]) {
        if (seen.has(own)) return true;
        seen.add(own);
      }
    }
  }
  return false;
}

/** More terms than this are not followed. */
const most = 256;

function withPlainFloors(terms: readonly Term[]): readonly Term[] | undefined {
  const sum = new Sum();
  const queue = [...terms];
  for (let term = queue.pop(); term !== undefined; term = queue.pop()) {
    const floor = term.factors.find((atom) => atom.kind === 'floorDiv' && !pairOf(atom).isPlain);
    if (floor?.kind !== 'floorDiv') {
      sum.add(term);
      continue;
    }
    const other = counterpartOf(floor);
    if (other === undefined || queue.length > most) return undefined;
    const { coefficient, factors } = term;
    const others = without(factors, floor);
    queue.push({ coefficient: -coefficient, factors: merged([other], others) });
    for (const part of pairOf(floor).whole)
      queue.push({ coefficient: coefficient * part.coefficient, factors: merged(part.factors, others) });
  }
  return sum.terms();
}

/**
 * Writes floors by their counterparts where these alone are what they and their products add up to; those that contain
 * others first, which would otherwise be written differently already.
 */
function collapse(terms: readonly Term[], floors: ReadonlySet<FloorDivAtom>): readonly Term[] {
  const ordered = floors.size === 1 ? floors : [...floors].sort(byNesting);
  let sum: Sum | undefined;
  for (const floor of ordered) {
    const { whole } = pairOf(floor);
    for (const { factors } of sum?.terms() ?? terms) {
      if (!factors.includes(floor)) continue;
      sum ??= new Sum(terms);
      const coefficient = sum.coefficientOf(factors);
      const others = without(factors, floor);
      const beside = whole.map((part) => ({
        coefficient: -coefficient * part.coefficient,
        factors: merged(part.factors, others),
      }));
      if (coefficient === 0 || !beside.every((part) => sum?.coefficientOf(part.factors) === part.coefficient)) continue;
      const other = counterpartOf(floor);
      if (other === undefined) continue;
      for (const part of [{ factors }, ...beside]) sum.remove(part.factors);
      sum.add({ coefficient: -coefficient, factors: merged([other], others) });
    }
  }
  return sum?.terms() ?? terms;
}

function byNesting(a: FloorDivAtom, b: FloorDivAtom): number {
  return b.numerator.leaves - a.numerator.leaves || compareAtoms(a, b);
}

/** Terms by their products. */
class Sum {
  private readonly byKey = new Map<string, Term>();

  constructor(terms: readonly Term[] = []) {
    for (const term of terms) this.add(term);
  }

  add({ coefficient, factors }: Term): void {
    const key = productKey(factors);
    const known = this.byKey.get(key);
    this.byKey.set(
      key,
      known === undefined ? { coefficient, factors } : { coefficient: known.coefficient + coefficient, factors },
    );
  }

  remove(factors: readonly Atom[]): void {
    this.byKey.delete(productKey(factors));
  }

  coefficientOf(factors: readonly Atom[]): number {
    return this.byKey.get(productKey(factors))?.coefficient ?? 0;
  }

  terms(): readonly Term[] {
    return [...this.byKey.values()];
  }
}

/** The product of two products. */
export function merged(a: readonly Atom[], b: readonly Atom[]): readonly Atom[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return [...a, ...b].sort(compareAtoms);
}

function without(factors: readonly Atom[], atom: Atom): readonly Atom[] {
  return factors.toSpliced(factors.indexOf(atom), 1);
}
