/**
 * Products of sizes, and what a requirement between products implies for their factors. A difference that is multiplied
 * out loses its factors, so they are recovered: factors in different symbols, powers of atoms, and an integer.
 */
import type { Requirement } from './constraint.js';
import { dimFunction } from './dim/function.js';
import { commonDenominator } from './dim/range.js';
import {
  type Atom,
  type Dim,
  DimTooComplexError,
  fromTerms,
  mul,
  negate,
  rangeOf,
  sub,
  symbolsOf,
  symbolsOfAtom,
  type Term,
} from './dim.js';
import { greatestCommonDivisor, leastCommonMultiple } from './integers.js';

type IsPositive = (dim: Dim) => boolean;

/** `content` times all factors; none of them is a number. */
export interface Factors {
  readonly content: number;
  readonly factors: readonly Dim[];
}

/** The dim as a product of factors with different symbols. */
export function factorsOf(dim: Dim): Factors {
  if (typeof dim === 'number') return { content: dim, factors: [] };
  const terms = allTerms(dim);
  const divisor = terms.reduce((common, { coefficient }) => greatestCommonDivisor(common, coefficient), 0);
  const content = terms.every(({ coefficient }) => coefficient < 0) ? -divisor : divisor;
  const shared = sharedAtoms(terms);
  const rest = terms.map(({ coefficient, factors }) => ({
    coefficient: coefficient / content,
    factors: shared.reduce((left, atom) => left.toSpliced(left.indexOf(atom), 1), factors),
  }));
  const factors = [...shared.map((atom) => fromTerms([{ coefficient: 1, factors: [atom] }])), ...separated(rest)];
  return { content, factors };
}

/**
 * Equivalent requirements that are simpler: a factor that is never zero says nothing of an equation, one that is never
 * negative nothing of a bound. Where each factor of one side bounds one of the other, as h ≥ 2·floor(h/2), two products
 * are equal only if each pair is: h·w = 4·floor(h/2)·floor(w/2) asks both for even sizes.
 * @param isPositive whether a factor is at least 1 in every valid run
 */
export function separate(
  requirement: Requirement,
  isPositive: (dim: Dim) => boolean = (dim) => rangeOf(dim).min > 0,
): readonly Requirement[] {
  try {
    return parts(requirement, isPositive);
  } catch (error) {
    if (error instanceof DimTooComplexError) return [requirement];
    throw error;
  }
}

function parts(requirement: Requirement, isPositive: IsPositive): readonly Requirement[] {
  const { kind, left, right } = requirement;
  if (kind === 'broadcast') return [requirement];
  if (kind === 'equal') {
    const common = greatestCommonDivisor(divisorOfAll(left), divisorOfAll(right));
    if (common > 1) return parts({ kind, left: divided(left, common), right: divided(right, common) }, isPositive);
    const pairs = equalFactors(left, right, isPositive);
    if (pairs !== undefined) return pairs;
  }
  const difference = sub(left, right);
  if (typeof difference === 'number') return [requirement];
  const { factors } = factorsOf(difference);
  if (factors.length < 2) return [requirement];
  if (kind === 'at-least') return [boundOf(requirement, difference)];
  const kept = factors.filter((factor) => !isNeverZero(factor));
  if (kept.length === factors.length || kept.length === 0) return [requirement];
  const [only, ...others] = kept;
  return [only !== undefined && others.length === 0 ? isZero(only) : { kind, left: mul(...kept), right: 0 }];
}

/** What divides all numbers of the expression: 2 of 2*H*W and of 24, so that 2*H*W = 24 is H*W = 12. */
function divisorOfAll(dim: Dim): number {
  if (typeof dim === 'number') return Math.abs(dim);
  return allTerms(dim).reduce((common, { coefficient }) => greatestCommonDivisor(common, coefficient), 0);
}

function divided(dim: Dim, by: number): Dim {
  if (typeof dim === 'number') return dim / by;
  return fromTerms(allTerms(dim).map(({ coefficient, factors }) => ({ coefficient: coefficient / by, factors })));
}

/** H - 16 is zero where H = 16. */
function isZero(dim: Dim): Requirement {
  const terms = typeof dim === 'number' ? [] : allTerms(dim);
  const positive = terms.filter(({ coefficient }) => coefficient > 0);
  const left = fromTerms(positive);
  return { kind: 'equal', left, right: sub(left, dim) };
}

/** The requirement that the product of the factors of unknown sign is at least 0. */
function boundOf(requirement: Requirement, difference: Dim): Requirement {
  const { content, factors } = factorsOf(difference);
  let product: Dim = Math.sign(content);
  let canBeZero = false;
  const open: Dim[] = [];
  for (const factor of factors) {
    const { min, max } = rangeOf(factor);
    if (max <= 0) product = negate(product);
    if (min < 0 && max > 0) open.push(factor);
    else if (!isNeverZero(factor)) canBeZero = true;
  }
  if (open.length === 0 && product === 1) return { kind: 'at-least', left: 0, right: 0 };
  if (canBeZero || open.length === factors.length) return requirement;
  return { kind: 'at-least', left: mul(product, ...open), right: 0 };
}

function isNeverZero(dim: Dim): boolean {
  const { min, max } = rangeOf(dim);
  return min > 0 || max < 0;
}

/** Equations of factors that together are equivalent to equality of the products; undefined if there are none. */
function equalFactors(left: Dim, right: Dim, isPositive: IsPositive): readonly Requirement[] | undefined {
  const [a, b] = [factorsOf(left), factorsOf(right)];
  if (a.content <= 0 || b.content <= 0) return undefined;
  const ours: Dim[] = [];
  const theirs = [...b.factors];
  for (const factor of a.factors) {
    const at = isNeverZero(factor) || isPositive(factor) ? theirs.indexOf(factor) : -1;
    if (at < 0) ours.push(factor);
    else theirs.splice(at, 1);
  }
  const common = greatestCommonDivisor(a.content, b.content);
  const [content, other] = [a.content / common, b.content / common];
  if (ours.length + theirs.length < 2) return undefined;
  const pairs = pairsOf(ours, theirs);
  const found = pairs && matched(pairs, content, other, isPositive);
  if (found !== undefined) return found;
  const isCancelled = ours.length < a.factors.length;
  return isCancelled ? [{ kind: 'equal', left: mul(content, ...ours), right: mul(other, ...theirs) }] : undefined;
}

/** Pairs of factors of both sides with the same symbol; undefined if a factor has several symbols. */
function pairsOf(left: readonly Dim[], right: readonly Dim[]): Map<string, [Dim, Dim]> | undefined {
  const pairs = new Map<string, [Dim, Dim]>();
  for (const [place, factors] of [left, right].entries()) {
    for (const factor of factors) {
      const [name, ...others] = symbolsOf(factor).keys();
      if (name === undefined || others.length > 0) return undefined;
      const [x, y] = pairs.get(name) ?? [1, 1];
      pairs.set(name, place === 0 ? [mul(x, factor), y] : [x, mul(y, factor)]);
    }
  }
  return pairs;
}

function matched(
  pairs: ReadonlyMap<string, readonly [Dim, Dim]>,
  content: number,
  other: number,
  isPositive: IsPositive,
): readonly Requirement[] | undefined {
  const equations: Requirement[] = [];
  let [larger, smaller] = [content, other];
  let sign = 0;
  for (const [name, [a, b]] of pairs) {
    const slopes = slopesOf([a, b], name);
    if (slopes === undefined) return undefined;
    const [p, q] = slopes;
    const common = greatestCommonDivisor(p, q);
    larger *= p / common;
    smaller *= q / common;
    const [x, y] = [mul(q / common, a), mul(p / common, b)];
    const { min, max } = rangeOf(sub(x, y));
    if (min === 0 && max === 0) continue;
    const own = min >= 0 ? 1 : max <= 0 ? -1 : 0;
    if (own === 0 || own === -sign) return undefined;
    if (!isPositive(own > 0 ? a : b) || rangeOf(own > 0 ? b : a).min < 0) return undefined;
    sign = own;
    equations.push({ kind: 'equal', left: x, right: y });
  }
  return larger === smaller ? equations : undefined;
}

/** The growth of both over a number of periods of their floors; undefined unless it is positive and constant. */
function slopesOf(dims: readonly [Dim, Dim], name: string): readonly [number, number] | undefined {
  const [p, q] = dims.map(commonDenominator);
  if (p === undefined || q === undefined) return undefined;
  const step = leastCommonMultiple(p, q) * farOut;
  const slopes = dims.map((dim) => {
    const value = dimFunction(dim, [name]);
    const [a, b, c] = [1, 2, 3].map((times) => value([times * step])) as [number, number, number];
    return b - a === c - b && b > a && Number.isSafeInteger(c) ? b - a : Number.NaN;
  }) as [number, number];
  return slopes.some(Number.isNaN) ? undefined : slopes;
}

/** A size beyond which maxima with constants are decided. */
const farOut = 2 ** 16;

function allTerms(dim: Exclude<Dim, number>): Term[] {
  const { terms, constant } = dim;
  return constant === 0 ? [...terms] : [...terms, { coefficient: constant, factors: [] }];
}

/** Atoms that all terms share, with multiplicity. */
function sharedAtoms([first, ...others]: readonly Term[]): readonly Atom[] {
  let shared = first?.factors ?? [];
  for (const { factors } of others) {
    const left = [...factors];
    shared = shared.filter((atom) => {
      const at = left.indexOf(atom);
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
  }
  return shared;
}

/** Factors, in different symbols, of a sum without a common factor. */
function separated(terms: readonly Term[]): Dim[] {
  const whole = fromTerms(terms);
  if (typeof whole === 'number') return whole === 1 ? [] : [whole];
  for (const name of symbolsOf(whole).keys()) {
    const found = split(terms, name);
    if (found !== undefined) return [found.factor, ...separated(found.rest)];
  }
  return [whole];
}

/**
 * The sum as a product of a factor in the symbol and one without it, which exists if all powers of the symbol have
 * proportional coefficients. Those are compared term by term, since most symbols of a long sum are no factor of it.
 */
function split(terms: readonly Term[], name: string): { factor: Dim; rest: readonly Term[] } | undefined {
  const powers = new Map<string, Power>();
  for (const { coefficient, factors } of terms) {
    const own = factors.filter((atom) => symbolsOfAtom(atom).has(name));
    const key = keyOf(own);
    const power = powers.get(key) ?? { factors: own, coefficients: new Map() };
    powers.set(key, power);
    const others = factors.filter((atom) => !own.includes(atom));
    power.coefficients.set(keyOf(others), { coefficient, factors: others });
  }
  const [first, ...others] = powers.values();
  if (first === undefined || isNumber(first)) return undefined;
  const lead = divisorOf(first);
  const scales = others.map((power) => scaleOf(power, first, lead));
  const factor: Term[] = [{ coefficient: lead, factors: first.factors }];
  for (const [i, power] of others.entries()) {
    const scale = scales[i];
    if (scale === undefined) return undefined;
    factor.push({ coefficient: scale, factors: power.factors });
  }
  const found = fromTerms(factor);
  const rest = [...first.coefficients.values()].map((term) => ({ ...term, coefficient: term.coefficient / lead }));
  return typeof found === 'number' ? undefined : { factor: found, rest };
}

/** What a power of a symbol is multiplied by. */
interface Power {
  readonly factors: readonly Atom[];
  /** The terms of the coefficient by the atoms in them. */
  readonly coefficients: Map<string, Term>;
}

function keyOf(factors: readonly Atom[]): string {
  return factors.map(({ id }) => id).join();
}

function isNumber({ coefficients }: Power): boolean {
  return coefficients.size === 1 && coefficients.has('');
}

/** The divisor of all coefficients, with the sign of one of them. */
function divisorOf({ coefficients }: Power): number {
  const numbers = [...coefficients.values()].map(({ coefficient }) => coefficient);
  const divisor = numbers.reduce(greatestCommonDivisor, 0);
  return numbers[0]! < 0 ? -divisor : divisor;
}

/** The multiple of `first`, divided by `lead`, that the power is; undefined if it is none. */
function scaleOf({ coefficients }: Power, first: Power, lead: number): number | undefined {
  if (coefficients.size !== first.coefficients.size) return undefined;
  let scale: number | undefined;
  for (const [key, { coefficient }] of coefficients) {
    const other = first.coefficients.get(key);
    if (other === undefined) return undefined;
    const own = (coefficient * lead) / other.coefficient;
    scale ??= own;
    if (own !== scale) return undefined;
  }
  return scale;
}
