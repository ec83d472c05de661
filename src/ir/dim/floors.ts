/**
 * Floors and those that are rounded the other way. For integers, floor(p/d) = −floor((d − 1 − p)/d), and with multiples of
 * d taken out, the two add up to the sum of what p consists of: floor(h/2) + floor((h + 1)/2) = h, and
 * floor(3·h/4) + floor((h + 3)/4) = h. So a sum could be written in several ways. Of each such pair one is plain,
 * and sums are written with that one, unless the other one alone says it: h − floor((h + 3)/4) is floor(3·h/4).
 */
import { floorDivAtom, intern, productKey } from './intern.js';
import { compareAtoms, compareFactors } from './order.js';
import { merged, Sum, without } from './sum.js';
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
  if (arePlain(floors)) return collapse(kept, floors);
  const plain = doMeet(kept, floors) ? withPlainFloors(kept) : undefined;
  return plain === undefined ? kept : collapse(plain, floorsIn(plain));
}

/** Whether the sum is already the polynomial that `withPlainFloors` makes of it. */
export function hasPlainFloors(terms: readonly Term[]): boolean {
  return arePlain(floorsIn(terms));
}

function arePlain(floors: ReadonlySet<FloorDivAtom>): boolean {
  for (const floor of floors) if (!pairOf(floor).isPlain) return false;
  return true;
}

function floorsIn(terms: readonly Term[]): Set<FloorDivAtom> {
  const floors = new Set<FloorDivAtom>();
  for (const { coefficient, factors } of terms)
    if (coefficient !== 0) for (const atom of factors) if (atom.kind === 'floorDiv') floors.add(atom);
  return floors;
}

/**
 * Whether writing floors by their counterparts gives a product that another term is or gives as well; where it does not,
 * terms are as they would be after both rewritings.
 */
function doMeet(terms: readonly Term[], floors: ReadonlySet<FloorDivAtom>): boolean {
  const { atoms, isLinear } = reachOf(floors);
  const groups = new Map<string, Term[]>();
  for (const term of terms) {
    const outside = term.factors.filter((atom) => atom.kind !== 'floorDiv' && !atoms.has(atom));
    const key = `${isLinear ? term.factors.length : ''} ${productKey(outside)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [term]);
    else group.push(term);
  }
  return [...groups.values()].some((group) => group.length > 1 && doMeetInGroup(group));
}

/** The atoms that floors and the floors in these are replaced by, and whether each is replaced by single atoms. */
function reachOf(floors: ReadonlySet<FloorDivAtom>): { atoms: ReadonlySet<Atom>; isLinear: boolean } {
  const atoms = new Set<Atom>();
  let isLinear = true;
  const queue = [...floors];
  for (let floor = queue.pop(); floor !== undefined; floor = queue.pop()) {
    for (const { factors } of pairOf(floor).whole) {
      isLinear &&= factors.length === 1;
      for (const atom of factors) {
        if (atom.kind === 'floorDiv' && !atoms.has(atom)) queue.push(atom);
        atoms.add(atom);
      }
    }
  }
  return { atoms, isLinear };
}

/** Products of several floors are not looked at more closely. */
function doMeetInGroup(terms: readonly Term[]): boolean {
  const seen = new Set<string>();
  for (const { factors } of terms) {
    const [floor, ...more] = factors.filter((atom) => atom.kind === 'floorDiv');
    if (more.length > 0) return true;
    const others = floor === undefined ? [] : without(factors, floor);
    const parts = floor === undefined ? [] : pairOf(floor).whole.map((part) => merged(part.factors, others));
    for (const product of [factors, ...parts]) {
      const key = pairedKey(product);
      if (seen.has(key)) return true;
      seen.add(key);
    }
  }
  return false;
}

/** Equal for products that differ only in whether a floor or its counterpart is in them. */
function pairedKey(factors: readonly Atom[]): string {
  const keys = factors.map((atom) => (atom.kind === 'floorDiv' ? pairOf(atom).key : String(atom.id)));
  return keys.length === 1 ? String(keys[0]) : keys.sort().join('·');
}

/** The most replacements, and the most terms. A product of many floors has a term for each choice among them. */
const most = 512;

/**
 * The same sum, as a polynomial of plain floors: there equal sums have equal terms, since nothing relates these floors.
 * Undefined where that takes too many terms.
 */
export function withPlainFloors(terms: readonly Term[]): readonly Term[] | undefined {
  const sum = new Sum();
  // First in, first out: what different terms are replaced by is merged before it is replaced in turn.
  const rest = new Sum(terms);
  let steps = 0;
  for (let term = rest.shift(); term !== undefined; term = rest.shift()) {
    const floor = term.factors.find((atom) => atom.kind === 'floorDiv' && !pairOf(atom).isPlain);
    if (floor?.kind !== 'floorDiv') {
      sum.add(term);
      continue;
    }
    const other = counterpartOf(floor);
    if (other === undefined || ++steps > most || sum.size + rest.size > most) return undefined;
    const { coefficient, factors } = term;
    const others = without(factors, floor);
    rest.add({ coefficient: -coefficient, factors: merged([other], others) });
    for (const part of pairOf(floor).whole)
      rest.add({ coefficient: coefficient * part.coefficient, factors: merged(part.factors, others) });
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
    const found = (sum?.terms() ?? terms).filter(({ factors }) => factors.includes(floor));
    if (found.length > 1) found.sort(byPowerOf(floor));
    for (const { factors } of found) {
      sum ??= new Sum(terms);
      const times = timesOf(floor, factors, sum);
      const other = times === 0 ? undefined : counterpartOf(floor);
      if (other === undefined) continue;
      const rest = withoutTimes(factors, floor, times);
      const coefficient = sum.coefficientOf(factors) * (-1) ** times;
      const parts = expanded(floor, times, { coefficient, factors: rest });
      if (!parts?.every((part) => sum?.coefficientOf(part.factors) === part.coefficient)) continue;
      for (const part of parts) sum.remove(part.factors);
      sum.add({ coefficient, factors: merged(new Array<Atom>(times).fill(other), rest) });
    }
  }
  return sum?.terms() ?? terms;
}

/** How often the counterpart would be in the product, judged by the terms with one floor less. */
function timesOf(floor: FloorDivAtom, factors: readonly Atom[], sum: Sum): number {
  const [part] = pairOf(floor).whole;
  const coefficient = sum.coefficientOf(factors);
  if (part === undefined || coefficient === 0) return 0;
  const beside = sum.coefficientOf(merged(part.factors, without(factors, floor)));
  const times = beside / (-coefficient * part.coefficient);
  return Number.isInteger(times) && times > 0 && times <= timesIn(factors, floor) ? times : 0;
}

/** The term times a power of the floor's counterpart, in terms of the floor. */
function expanded(floor: FloorDivAtom, times: number, term: Term): readonly Term[] | undefined {
  const { whole } = pairOf(floor);
  let terms: readonly Term[] = [term];
  for (let i = 0; i < times; i++) {
    const product = new Sum();
    for (const { coefficient, factors } of terms) {
      product.add({ coefficient: -coefficient, factors: merged([floor], factors) });
      for (const part of whole)
        product.add({ coefficient: coefficient * part.coefficient, factors: merged(part.factors, factors) });
      if (product.size > most) return undefined;
    }
    terms = product.terms();
  }
  return terms;
}

function timesIn(factors: readonly Atom[], atom: Atom): number {
  return factors.reduce((count, factor) => count + Number(factor === atom), 0);
}

function withoutTimes(factors: readonly Atom[], atom: Atom, times: number): readonly Atom[] {
  let left = times;
  return factors.filter((factor) => factor !== atom || left-- <= 0);
}

/** Higher powers first, which have lower ones in what they are expanded to. */
function byPowerOf(floor: FloorDivAtom): (a: Term, b: Term) => number {
  return (a, b) => timesIn(b.factors, floor) - timesIn(a.factors, floor) || compareFactors(a.factors, b.factors);
}

function byNesting(a: FloorDivAtom, b: FloorDivAtom): number {
  return b.numerator.leaves - a.numerator.leaves || compareAtoms(a, b);
}
