/**
 * Symbolic integers. A `Dim` is a number or a `Sym`: an integer combination of products of atoms, where an atom is a
 * named symbol, a floor division by a positive constant, a maximum or a minimum.
 *
 * A Sym is immutable, canonical and interned, so two dims that simplify to the same form are `===`.
 * Canonical form of floorDiv(p, d): every coefficient of p lies in [0, d) (whole multiples of d are taken out),
 * coefficients and d share no factor, and nested floors are merged: floor(floor(x/a)/b) = floor(x/(a·b)).
 */

import { abbreviated } from './abbreviated.js';
import { rangeOf, rangeOfSum } from './dim-range.js';
import { greatestCommonDivisor } from './integers.js';

export { rangeOf } from './dim-range.js';

export type Dim = number | Sym;

/** An integer times a product of atoms; powers are repeated factors. */
export interface Term {
  readonly coefficient: number;
  readonly factors: readonly Atom[];
}

interface SymbolAtom {
  readonly kind: 'symbol';
  readonly id: number;
  readonly name: string;
  readonly min: number;
  /** Why the value is unknown, for symbols that inference generated. */
  readonly reason: string | undefined;
}
interface FloorDivAtom {
  readonly kind: 'floorDiv';
  readonly id: number;
  readonly numerator: Sym;
  readonly denominator: number;
}
interface ExtremumAtom {
  readonly kind: 'max' | 'min';
  readonly id: number;
  /** At least two, each once and no extremum of the same kind; a number is the first, the others follow by age. */
  readonly operands: readonly Dim[];
}
export type Atom = SymbolAtom | FloorDivAtom | ExtremumAtom;

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Thrown when an expression outgrows a limit: the caller goes on with a fresh symbol. */
export class DimTooComplexError extends Error {
  override readonly name = 'DimTooComplexError';
}

/** The result; undefined if it would be too complex. */
export function unlessTooComplex(compute: () => Dim): Dim | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof DimTooComplexError) return undefined;
    throw error;
  }
}

/** A bound on memory, for graphs that square their shapes at every node. Real models stay below ten. */
const maxTerms = 64;

/**
 * The most symbols and numbers that an expression has when it is written out. Shared subexpressions count wherever they
 * occur: a graph of twenty nodes can double its sizes at each, and whoever walks or prints an expression walks a tree.
 */
const maxLeaves = 512;

export class Sym {
  /** @internal */
  constructor(
    readonly terms: readonly Term[],
    readonly constant: number,
    readonly range: Range,
    /** Symbols and numbers in the expression when it is written out; at most `maxLeaves`. */
    readonly leaves: number,
  ) {}

  toString(): string {
    return formatDim(this);
  }

  toJSON(): string {
    return formatDim(this);
  }
}

/** Weak references by key: finds objects that are alive without keeping them alive. */
class InternTable<T extends object> {
  private readonly entries = new Map<string, WeakRef<T>>();
  private readonly cleanup = new FinalizationRegistry<string>((key) => {
    if (this.entries.get(key)?.deref() === undefined) this.entries.delete(key);
  });

  get(key: string, make: () => T): T {
    const known = this.entries.get(key)?.deref();
    if (known !== undefined) return known;
    const made = make();
    this.entries.set(key, new WeakRef(made));
    this.cleanup.register(made, key);
    return made;
  }
}

const atoms = new InternTable<Atom>();
const syms = new InternTable<Sym>();
const ids = new WeakMap<Sym, number>();
let nextId = 0;

function symId(sym: Sym): number {
  let id = ids.get(sym);
  if (id === undefined) {
    id = nextId++;
    ids.set(sym, id);
  }
  return id;
}

function dimKey(dim: Dim): string {
  return typeof dim === 'number' ? String(dim) : `#${symId(dim)}`;
}

/**
 * The symbol `name`, at least `min` (default: 1). The same name, bound and reason give the same symbol, whose own name is
 * an abbreviation where the one given is longer than anyone reads.
 */
export function symbol(name: string, options: { readonly min?: number; readonly reason?: string } = {}): Sym {
  const { min = 1, reason } = options;
  const shown = abbreviated(name);
  const atom = atoms.get(`symbol ${min} ${shown}\n${reason ?? ''}`, () => ({
    kind: 'symbol',
    id: nextId++,
    name: shown,
    min,
    reason,
  }));
  return single(atom);
}

const singles = new WeakMap<Atom, Sym>();

function single(atom: Atom): Sym {
  const known = singles.get(atom);
  if (known !== undefined) {
    built++;
    return known;
  }
  const made = build([{ coefficient: 1, factors: [atom] }], 0) as Sym;
  singles.set(atom, made);
  return made;
}

function termKey(factors: readonly Atom[]): string {
  return factors.map((atom) => atom.id).join('·');
}

let built = 0;

/** How many sums have been asked for since the start, known or not, for tests of what arithmetic on sizes costs. */
export function sumsBuilt(): number {
  return built;
}

/** Interns a sum whose terms are already merged; sorts them and drops zeros. */
function build(terms: readonly Term[], constant: number): Dim {
  built++;
  const kept = terms.filter((term) => term.coefficient !== 0);
  if (kept.length === 0) return withoutNegativeZero(constant);
  if (kept.length > maxTerms) throw new DimTooComplexError(`a size grew to more than ${maxTerms} terms`);
  const leaves = kept.reduce((sum, term) => sum + leavesOfTerm(term), 1);
  if (leaves > maxLeaves) throw new DimTooComplexError('a size became too long an expression');
  if (kept.some(({ coefficient }) => !Number.isSafeInteger(coefficient)))
    throw new DimTooComplexError('a size grew beyond 2^53');
  const keyed = kept.map((term) => ({ term, key: termKey(term.factors) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const key = `${keyed.map(({ term, key }) => `${term.coefficient}*${key}`).join('+')}+${constant}`;
  return syms.get(key, () => {
    const sorted = keyed.map(({ term }) => term);
    return new Sym(sorted, withoutNegativeZero(constant), rangeOfSum(sorted, constant), leaves);
  });
}

function leavesOfTerm({ factors }: Term): number {
  return factors.reduce((sum, atom) => sum + leavesOfAtom(atom), 1);
}

function leavesOfAtom(atom: Atom): number {
  switch (atom.kind) {
    case 'symbol':
      return 1;
    case 'floorDiv':
      return atom.numerator.leaves + 1;
    case 'max':
    case 'min':
      return atom.operands.reduce(
        (sum: number, operand) => sum + (typeof operand === 'number' ? 1 : operand.leaves),
        0,
      );
  }
}

/** Replaces −0 by 0, because −0 === 0 but snapshots differ. */
function withoutNegativeZero(value: number): number {
  return value + 0;
}

function parts(dim: Dim): { readonly terms: readonly Term[]; readonly constant: number } {
  return typeof dim === 'number' ? { terms: [], constant: dim } : dim;
}

function mergeTerms(terms: Iterable<Term>): Term[] {
  const merged = new Map<string, Term>();
  for (const term of terms) {
    const key = termKey(term.factors);
    const other = merged.get(key);
    merged.set(
      key,
      other === undefined ? term : { coefficient: other.coefficient + term.coefficient, factors: term.factors },
    );
  }
  return [...merged.values()];
}

/** The sum of products of atoms; equal products may be there several times, and those of no atoms are numbers. */
export function fromTerms(terms: readonly Term[]): Dim {
  const isNumber = ({ factors }: Term) => factors.length === 0;
  const constant = terms.filter(isNumber).reduce((sum, { coefficient }) => sum + coefficient, 0);
  return build(mergeTerms(terms.filter((term) => !isNumber(term))), constant);
}

export function add(...dims: readonly Dim[]): Dim {
  if (dims.every((dim) => typeof dim === 'number')) return dims.reduce((sum: number, dim) => sum + (dim as number), 0);
  let constant = 0;
  const terms: Term[] = [];
  for (const dim of dims) {
    const { terms: more, constant: offset } = parts(dim);
    terms.push(...more);
    constant += offset;
  }
  return build(mergeTerms(terms), constant);
}

/** The sum without its constant, which is equal for sums that differ only in it. */
export function withoutConstant(dim: Sym): Dim {
  return dim.constant === 0 ? dim : build(dim.terms, 0);
}

export function negate(dim: Dim): Dim {
  return mul(dim, -1);
}

export function sub(a: Dim, b: Dim): Dim {
  return add(a, negate(b));
}

export function mul(...dims: readonly Dim[]): Dim {
  return dims.reduce(mulTwo, 1);
}

function mulTwo(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return withoutNegativeZero(a * b);
  if (a === 1) return b;
  if (b === 1) return a;
  const left = parts(a);
  const right = parts(b);
  if ((left.terms.length + 1) * (right.terms.length + 1) > maxTerms * 4) {
    throw new DimTooComplexError(`a product of sizes grew to more than ${maxTerms * 4} terms`);
  }
  const terms: Term[] = [];
  for (const { coefficient, factors } of left.terms) {
    for (const other of right.terms) {
      const product = [...factors, ...other.factors].sort((x, y) => x.id - y.id);
      if (product.length > maxTerms)
        throw new DimTooComplexError(`a size became a product of more than ${maxTerms} factors`);
      terms.push({ coefficient: coefficient * other.coefficient, factors: product });
    }
    terms.push({ coefficient: coefficient * right.constant, factors });
  }
  for (const { coefficient, factors } of right.terms) terms.push({ coefficient: coefficient * left.constant, factors });
  return build(mergeTerms(terms), left.constant * right.constant);
}

/**
 * floor(numerator / denominator), rounding towards minus infinity. `denominator` is a positive integer.
 * @throws DimTooComplexError for a denominator beyond 2^53, which no number holds exactly
 */
export function floorDiv(numerator: Dim, denominator: number): Dim {
  if (!(Number.isInteger(denominator) && denominator > 0)) throw new RangeError(`floorDiv by ${denominator}`);
  if (denominator > Number.MAX_SAFE_INTEGER) throw new DimTooComplexError('a size is divided by more than 2^53');
  if (typeof numerator === 'number') return withoutNegativeZero(Math.floor(numerator / denominator));
  if (denominator === 1) return numerator;

  const whole: Term[] = [];
  const rest: Term[] = [];
  for (const { coefficient, factors } of numerator.terms) {
    const quotient = Math.floor(coefficient / denominator);
    whole.push({ coefficient: quotient, factors });
    rest.push({ coefficient: coefficient - quotient * denominator, factors });
  }
  const wholeConstant = Math.floor(numerator.constant / denominator);
  const wholePart = build(whole, wholeConstant);
  const restPart = build(rest, numerator.constant - wholeConstant * denominator);
  return add(wholePart, floorDivRest(restPart, denominator));
}

/** floorDiv of a numerator whose coefficients lie in [0, denominator). */
function floorDivRest(numerator: Dim, denominator: number): Dim {
  if (typeof numerator === 'number') return Math.floor(numerator / denominator);
  const { min, max } = numerator.range;
  const low = Math.floor(min / denominator);
  if (low === Math.floor(max / denominator)) return low;

  const divisor = numerator.terms.reduce((g, term) => greatestCommonDivisor(g, term.coefficient), denominator);
  if (divisor > 1) {
    const terms = numerator.terms.map(({ coefficient, factors }) => ({ coefficient: coefficient / divisor, factors }));
    return floorDiv(build(terms, Math.floor(numerator.constant / divisor)), denominator / divisor);
  }
  const only = numerator.terms.length === 1 ? numerator.terms[0]! : undefined;
  const inner = only?.coefficient === 1 && only.factors.length === 1 ? only.factors[0]! : undefined;
  if (inner?.kind === 'floorDiv' && Number.isSafeInteger(inner.denominator * denominator)) {
    return floorDiv(add(inner.numerator, numerator.constant * inner.denominator), inner.denominator * denominator);
  }
  const atom = atoms.get(`floorDiv #${symId(numerator)} ${denominator}`, () => ({
    kind: 'floorDiv',
    id: nextId++,
    numerator,
    denominator,
  }));
  return single(atom);
}

/** ceil(numerator / denominator). */
export function ceilDiv(numerator: Dim, denominator: number): Dim {
  return floorDiv(add(numerator, denominator - 1), denominator);
}

/** The remainder of floorDiv, in [0, denominator). */
export function mod(numerator: Dim, denominator: number): Dim {
  return sub(numerator, mul(denominator, floorDiv(numerator, denominator)));
}

/** a / b if b is a single product and divides a as polynomials; undefined otherwise. */
export function divideExact(a: Dim, b: Dim): Dim | undefined {
  if (b === 0) return undefined;
  if (a === b) return 1;
  const divisor = parts(b);
  const numberOnly = divisor.terms.length === 0;
  if (!numberOnly && (divisor.terms.length !== 1 || divisor.constant !== 0)) return divideByScale(a, divisor);
  const { coefficient, factors } = numberOnly ? { coefficient: divisor.constant, factors: [] } : divisor.terms[0]!;
  const dividend = parts(a);
  if (dividend.constant !== 0 && (!numberOnly || dividend.constant % coefficient !== 0)) return undefined;
  const terms: Term[] = [];
  for (const term of dividend.terms) {
    const left = [...term.factors];
    for (const factor of factors) {
      const at = left.indexOf(factor);
      if (at < 0) return undefined;
      left.splice(at, 1);
    }
    if (term.coefficient % coefficient !== 0) return undefined;
    terms.push({ coefficient: term.coefficient / coefficient, factors: left });
  }
  const constantTerm = terms
    .filter((term) => term.factors.length === 0)
    .reduce((sum, term) => sum + term.coefficient, 0);
  const symbolic = terms.filter((term) => term.factors.length > 0);
  return build(mergeTerms(symbolic), dividend.constant / (numberOnly ? coefficient : 1) + constantTerm);
}

/** a / b for a sum b by long division; undefined if there is a remainder. */
function divideByScale(
  a: Dim,
  divisor: { readonly terms: readonly Term[]; readonly constant: number },
): Dim | undefined {
  const lead = leadingTerm(divisor.terms);
  const leadDim = build([lead], 0);
  const whole = build(divisor.terms, divisor.constant);
  let rest = a;
  let quotient: Dim = 0;
  for (let step = 0; step < maxTerms && rest !== 0; step++) {
    if (typeof rest === 'number') return undefined;
    const share = divideExact(build([leadingTerm(rest.terms)], 0), leadDim);
    if (share === undefined) return undefined;
    quotient = add(quotient, share);
    rest = sub(rest, mul(share, whole));
  }
  return rest === 0 ? quotient : undefined;
}

/**
 * The largest term by degree, then by the ids of its factors. This is a monomial order, so long division terminates.
 */
function leadingTerm(terms: readonly Term[]): Term {
  return terms.reduce((best, term) => (compareFactors(term.factors, best.factors) > 0 ? term : best));
}

function compareFactors(a: readonly Atom[], b: readonly Atom[]): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) {
    const difference = b[i]!.id - a[i]!.id;
    if (difference !== 0) return difference;
  }
  return 0;
}

export function max(a: Dim, b: Dim): Dim {
  return extremum('max', a, b);
}

export function min(a: Dim, b: Dim): Dim {
  return extremum('min', a, b);
}

/**
 * Nested extrema of the same kind are one: max(max(a, b), a) is max(a, b). An operand that another one bounds at every
 * size is left out, as is one that holds `a` within its opposite: max(a, min(a, b)) is a.
 */
function extremum(kind: 'max' | 'min', a: Dim, b: Dim): Dim {
  return extremumOf(kind, operandsOf(kind, a), operandsOf(kind, b));
}

/** @param operands of which none is bounded by another */
function extremumOf(kind: 'max' | 'min', operands: readonly Dim[], more: readonly Dim[]): Dim {
  const all = more.reduce((kept, added) => withOperand(kind, kept, added), operands);
  const [first] = all;
  if (all.length === 1 && first !== undefined) return first;
  if (all.length > maxTerms) throw new DimTooComplexError(`a size became the ${kind} of more than ${maxTerms} sizes`);
  const sorted = [...all].sort(byAge);
  return single(atoms.get(`${kind} ${sorted.map(dimKey).join(' ')}`, () => ({ kind, id: nextId++, operands: sorted })));
}

/** The extremum of each of these is the dim's. */
function operandsOf(kind: 'max' | 'min', dim: Dim): readonly Dim[] {
  const atom = atomOf(dim);
  return atom?.kind === kind ? atom.operands : [dim];
}

/** The atom that the dim is, alone. */
function atomOf(dim: Dim): Atom | undefined {
  if (typeof dim === 'number' || dim.constant !== 0 || dim.terms.length !== 1) return undefined;
  const [{ coefficient, factors }] = dim.terms as [Term];
  return coefficient === 1 && factors.length === 1 ? factors[0] : undefined;
}

function withOperand(kind: 'max' | 'min', operands: readonly Dim[], added: Dim): readonly Dim[] {
  const kept: Dim[] = [];
  for (const operand of operands) {
    if (isBounded(kind, added, operand)) return operands;
    if (!isBounded(kind, operand, added)) kept.push(operand);
  }
  return [...kept, added];
}

/** Whether `dim` never decides the extremum beside `by`. */
function isBounded(kind: 'max' | 'min', dim: Dim, by: Dim): boolean {
  if (dim === by) return true;
  const opposite = atomOf(dim);
  const isOpposite = opposite?.kind === (kind === 'max' ? 'min' : 'max');
  if (isOpposite && opposite.operands.includes(by)) return true;
  const difference = rangeOfDifference(dim, by);
  return kind === 'max' ? difference.max <= 0 : difference.min >= 0;
}

/** Of dims without a common symbol, which are most where there are many, the sum need not be built. */
function rangeOfDifference(a: Dim, b: Dim): Range {
  if (sharesSymbols(a, b)) return rangeOf(sub(a, b));
  const [left, right] = [rangeOf(a), rangeOf(b)];
  return { min: left.min - right.max, max: left.max - right.min };
}

function sharesSymbols(a: Dim, b: Dim): boolean {
  if (typeof a === 'number' || typeof b === 'number') return false;
  const names = symbolsOf(a);
  return b.terms.some(({ factors }) => factors.some((atom) => hasSymbolOf(atom, names)));
}

function hasSymbolOf(atom: Atom, names: ReadonlyMap<string, unknown>): boolean {
  for (const name of symbolsOfAtom(atom).keys()) if (names.has(name)) return true;
  return false;
}

/** Numbers first; there is at most one. */
function byAge(a: Dim, b: Dim): number {
  if (typeof a === 'number') return -1;
  if (typeof b === 'number') return 1;
  return symId(a) - symId(b);
}

export interface Cases {
  readonly dims: readonly Dim[];
  /** Whether the dim is the largest of them, otherwise the smallest. */
  readonly isLargest: boolean;
}

/**
 * Expressions of which the dim is the largest or the smallest at every size: a maximum or minimum in it is replaced by
 * each of its operands. Undefined if there is none outside products and floors.
 */
export function casesOf(dim: Dim): Cases | undefined {
  if (typeof dim === 'number') return undefined;
  for (const { coefficient, factors } of dim.terms) {
    const [atom] = factors;
    if (factors.length !== 1 || (atom!.kind !== 'max' && atom!.kind !== 'min')) continue;
    const rest = sub(dim, build([{ coefficient, factors }], 0));
    return {
      dims: atom!.operands.map((operand) => add(rest, mul(coefficient, operand))),
      isLargest: (atom!.kind === 'max') === coefficient > 0,
    };
  }
  return undefined;
}

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
  return add(others.length === 0 ? dim.constant : build(others, dim.constant), ...products);
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

/** The symbol if it is a factor of some term; undefined if it occurs only inside floors and extrema. */
export function symbolOf(dim: Dim, name: string): Sym | undefined {
  if (typeof dim === 'number') return undefined;
  for (const { factors } of dim.terms) {
    const atom = factors.find((factor) => factor.kind === 'symbol' && factor.name === name);
    if (atom !== undefined) return single(atom);
  }
  return undefined;
}

export interface SymbolFacts {
  readonly name: string;
  readonly min: number;
  readonly reason: string | undefined;
}

/** A number of which nothing is known: it may be negative, as no size is. */
export function unknownInteger(name: string, reason: string): Sym {
  return symbol(name, { min: Number.NEGATIVE_INFINITY, reason });
}

/** Whether there is an unknown integer in the expression. */
export function hasUnknown(dim: Dim): boolean {
  if (typeof dim === 'number') return false;
  return [...symbolsOf(dim).values()].some(({ min }) => min === Number.NEGATIVE_INFINITY);
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

/** The name of a dim that is a single symbol: `H` for H, undefined for 2*H and for numbers. */
export function symbolNameOf(dim: Dim | undefined): string | undefined {
  if (dim === undefined || typeof dim === 'number') return undefined;
  const [name] = symbolsOf(dim).keys();
  return name !== undefined && symbolOf(dim, name) === dim ? name : undefined;
}

/** `2*H + 1`, `floor((H - 1)/2)`, `max(H, 16)`. */
export function formatDim(dim: Dim): string {
  if (typeof dim === 'number') return String(dim);
  let { constant } = dim;
  const pieces: string[] = [];
  for (const { coefficient, factors } of [...dim.terms].sort((a, b) => b.coefficient - a.coefficient)) {
    let product: string;
    const only = factors.length === 1 && coefficient === 1 ? factors[0]! : undefined;
    if (only?.kind === 'floorDiv' && constant < 0) {
      // floor((H + 1)/2) - 1 reads better as floor((H - 1)/2).
      product = formatFloorDiv(add(only.numerator, constant * only.denominator), only.denominator);
      constant = 0;
    } else {
      product = factors.map(formatAtom).join('*');
    }
    const magnitude = Math.abs(coefficient);
    const text = magnitude === 1 ? product : `${magnitude}*${product}`;
    pieces.push(
      pieces.length === 0 ? (coefficient < 0 ? `-${text}` : text) : coefficient < 0 ? ` - ${text}` : ` + ${text}`,
    );
  }
  if (constant !== 0) pieces.push(constant < 0 ? ` - ${-constant}` : ` + ${constant}`);
  return pieces.join('');
}

function formatAtom(atom: Atom): string {
  switch (atom.kind) {
    case 'symbol':
      return atom.name;
    case 'floorDiv':
      return formatFloorDiv(atom.numerator, atom.denominator);
    case 'max':
    case 'min':
      return `${atom.kind}(${[...atom.operands].reverse().map(formatDim).join(', ')})`;
  }
}

function formatFloorDiv(numerator: Dim, denominator: number): string {
  const text = formatDim(numerator);
  return `floor(${/[ *]/.test(text) ? `(${text})` : text}/${denominator})`;
}
