/** The constraint ledger: each requirement of a node on sizes is proved, refuted or recorded. */
import { type Constraint, decide, type Requirement } from '../ir/constraint.js';
import { dimFunction } from '../ir/dim/function.js';
import {
  casesOf,
  type Dim,
  mul,
  rangeOf,
  type Sym,
  sub,
  substitute,
  symbol,
  symbolsOf,
  type Term,
  unlessTooComplex,
  withoutConstant,
} from '../ir/dim.js';
import { separate } from '../ir/factors.js';
import type { Node } from '../ir/graph.js';
import { Multiples } from '../ir/multiples.js';

/** The most facts that are kept for proofs. A model has a few dozen, and each proof examines all of them. */
const maxFacts = 256;

/** The most values of a symbol that are tried to find the least one that meets a bound. */
const maxRaise = 4096;
/** Combinations of the operands of maxima and minima in an expression that are looked at case by case. */
const maxCases = 16;

/** What follows from requirements for single symbols. */
type Facts = Pick<Ledger, 'multiples' | 'least'>;

export class Ledger {
  readonly constraints: Constraint[] = [];
  /** Requirements that no size satisfies, in the order of the nodes. */
  readonly refuted: Constraint[] = [];
  /** Requirements that were recorded, or parts of them, by kind and left side: asked again, they add nothing. */
  private readonly asked = { equal: new Map(), broadcast: new Map(), 'at-least': new Map() } as Readonly<
    Record<Constraint['kind'], Map<Dim, Set<Dim>>>
  >;
  /** Recorded requirements by kind and left side. */
  private readonly seen = { equal: new Map(), broadcast: new Map(), 'at-least': new Map() } as Readonly<
    Record<Constraint['kind'], Map<Dim, Set<Dim>>>
  >;
  /**
   * Expressions that are at least 0 in every valid run, from the recorded lower bounds, by the expression without its
   * constant. Of several that differ only in the constant, the strongest is kept.
   */
  private readonly nonNegative = new Map<Dim, Sym>();
  /** The keys of those by the symbols in them, since one with none of an expression's symbols proves nothing of it. */
  private readonly bounded = new Map<string, Set<Dim>>();

  /** The least value of symbols in every valid run, if it is above the symbol's own minimum. */
  readonly least = new Map<string, Dim>();

  /** Remainders that the recorded equations give. */
  readonly multiples: Multiples;
  /** Whether something was asked that what is known so far does not answer: an exact quotient, or a sign. */
  missesFacts = false;

  /**
   * @param base a ledger whose entries also hold here
   * @param assumed remainders and least values that requirements recorded later give
   */
  constructor(
    private readonly base?: Ledger,
    private readonly assumed: Facts | undefined = base?.assumed,
  ) {
    this.multiples = new Multiples(base?.multiples);
  }

  /** Takes over the entries of a ledger that is based on this one. */
  adopt({ constraints, refuted, missesFacts }: Ledger): void {
    this.missesFacts ||= missesFacts;
    this.refuted.push(...refuted);
    for (const { kind, left, right, node, what } of constraints) this.require({ kind, left, right }, node, what);
  }

  /**
   * True if proved, false if refuted, undefined if recorded because it depends on the sizes. Requirements of products are
   * recorded as requirements of their factors.
   */
  require(requirement: Requirement, node: Node, what: string): boolean | undefined {
    const asked = this.asked[requirement.kind].get(requirement.left);
    if (asked?.has(requirement.right)) return undefined;
    const verdict = this.verdict(requirement);
    if (verdict === true) return true;
    if (verdict === false) {
      const { kind, left, right } = requirement;
      this.refuted.push({ kind, left, right, node, what });
      return false;
    }
    const parts = separate(requirement, (dim) => this.isNonNegative(sub(dim, 1)));
    const verdicts = parts.map((part) => (part === requirement ? verdict : this.verdict(part)));
    parts.forEach(({ kind, left, right }, i) => {
      if (verdicts[i] === false) this.refuted.push({ kind, left, right, node, what });
      if (verdicts[i] !== undefined || this.isRecorded({ kind, left, right })) return;
      this.constraints.push({ kind, left, right, node, what });
      if (kind === 'equal') unlessTooComplex(() => this.learn(left, right));
    });
    if (verdicts.includes(false)) return false;
    if (verdicts.every((item) => item === true)) return true;
    if (asked === undefined) this.asked[requirement.kind].set(requirement.left, new Set([requirement.right]));
    else asked.add(requirement.right);
    return undefined;
  }

  private learn(left: Dim, right: Dim): Dim {
    this.multiples.learn(left, right);
    return left;
  }

  /** a / b if b divides a at all sizes that meet the requirements; undefined if that is not known. */
  quotient(a: Dim, b: Dim): Dim | undefined {
    const known = this.assumed?.multiples ?? this.multiples;
    const quotient = unlessTooComplex(() => known.quotient(a, b) ?? Number.NaN);
    if (quotient !== undefined && !Number.isNaN(quotient)) return quotient;
    this.missesFacts = true;
    return undefined;
  }

  /** Whether `dim` is at least 0 at all sizes that meet the requirements. */
  isNeverNegative(dim: Dim): boolean {
    const { least = new Map<string, Dim>() } = this.assumed ?? {};
    if (this.isNonNegative(dim) || rangeOf(substitute(dim, least)).min >= 0) return true;
    this.missesFacts = true;
    return false;
  }

  /** Whether all that `other` says follows. */
  implies({ multiples, least }: Facts): boolean {
    return this.multiples.implies(multiples) && [...least].every(([name, dim]) => this.isAtLeast(name, dim));
  }

  private isAtLeast(name: string, dim: Dim): boolean {
    const own = this.least.get(name);
    return own !== undefined && rangeOf(own).min >= rangeOf(dim).min;
  }

  private verdict(requirement: Requirement): boolean | undefined {
    const verdict = decide(requirement);
    if (verdict !== undefined || requirement.kind !== 'at-least') return verdict;
    const difference = unlessTooComplex(() => sub(requirement.left, requirement.right));
    if (difference === undefined) return undefined;
    const isProved = this.isNonNegative(difference);
    // Remembered because deriving it again from several facts would be hard.
    this.remember(difference);
    return isProved ? true : undefined;
  }

  private remember(difference: Dim): void {
    if (typeof difference === 'number') return;
    const key = withoutConstant(difference);
    const known = this.nonNegative.get(key);
    if (known === undefined ? this.nonNegative.size < maxFacts : difference.constant < known.constant) {
      this.nonNegative.set(key, difference);
      for (const name of symbolsOf(key).keys()) {
        const keys = this.bounded.get(name);
        if (keys === undefined) this.bounded.set(name, new Set([key]));
        else keys.add(key);
      }
      this.raise(difference);
    }
  }

  /** If the bound has a single symbol, raises its least value to the first one that meets the bound. */
  private raise(bound: Sym): void {
    const [symbolFacts, ...others] = symbolsOf(bound).values();
    if (symbolFacts === undefined || others.length > 0) return;
    const { name, min, reason } = symbolFacts;
    const value = dimFunction(bound, [name]);
    const from = rangeOf(this.least.get(name) ?? min).min;
    for (let size = from; size < from + maxRaise; size++) {
      if (value([size]) < 0) continue;
      if (size > from) this.least.set(name, symbol(name, { min: size, ...(reason !== undefined && { reason }) }));
      return;
    }
  }

  private factsOf(dim: Dim): Sym[] {
    if (this.bounded.size === 0) return [];
    const keys = new Set([...symbolsOf(dim).keys()].flatMap((name) => [...(this.bounded.get(name) ?? [])]));
    return [...keys].flatMap((key) => this.nonNegative.get(key) ?? []);
  }

  /** Whether `dim` is at least 0 whenever the lower bounds recorded so far hold. */
  isNonNegative(dim: Dim, casesLeft = maxCases): boolean {
    const { min, max } = rangeOf(dim);
    if (min >= 0) return true;
    if (max < 0) return false;
    if (typeof dim === 'number') return dim >= 0;
    const alike = this.nonNegative.get(withoutConstant(dim));
    if (alike !== undefined && alike.constant <= dim.constant) return true;
    for (const fact of this.factsOf(dim)) {
      if (rangeOf(sub(dim, fact)).min >= 0) return true;
      const times = ratio(dim, fact);
      if (times > 1 && rangeOf(sub(dim, mul(times, fact))).min >= 0) return true;
    }
    if (this.least.size > 0 && rangeOf(substitute(dim, this.least)).min >= 0) return true;
    if (this.base?.isNonNegative(dim)) return true;
    const cases = casesOf(dim, casesLeft);
    if (cases === undefined) return false;
    const isCase = (item: Dim) => this.isNonNegative(item, Math.floor(casesLeft / cases.dims.length));
    return cases.isLargest ? cases.dims.some(isCase) : cases.dims.every(isCase);
  }

  /**
   * Whether an equal requirement is recorded. Every node along a skip connection requires the same sizes, and only the
   * first requirement is recorded.
   */
  private isRecorded({ kind, left, right }: Requirement): boolean {
    if (this.hasSeen(kind, left, right) || (kind === 'broadcast' && this.hasSeen('equal', left, right))) return true;
    const rights = this.seen[kind].get(left);
    if (rights === undefined) this.seen[kind].set(left, new Set([right]));
    else rights.add(right);
    return false;
  }

  private hasSeen(kind: Constraint['kind'], left: Dim, right: Dim): boolean {
    const seen = this.seen[kind];
    if (seen.get(left)?.has(right)) return true;
    if (kind !== 'at-least' && seen.get(right)?.has(left)) return true;
    return this.base?.hasSeen(kind, left, right) ?? false;
  }
}

/** The multiple of `fact` whose first product equals that of `dim`. */
function ratio(dim: Sym, fact: Sym): number {
  const [lead] = fact.terms as [Term];
  const term = dim.terms.find(({ factors }) => isSame(factors, lead.factors));
  return term === undefined ? 0 : Math.floor(term.coefficient / lead.coefficient);
}

function isSame(a: Term['factors'], b: Term['factors']): boolean {
  return a.length === b.length && a.every((atom, i) => atom === b[i]);
}
