/** Remainders of symbols that equations give, such as h = 4*floor(h/4), and the arithmetic that they make exact. */
import {
  type Bindings,
  type Dim,
  divideExact,
  formatDim,
  fromTerms,
  mul,
  rangeOf,
  sub,
  substitute,
  symbol,
  type Term,
} from './dim.js';

/**
 * Each symbol of known remainder is a multiple of its quotient, which is a symbol of its own: with h = 4*q, floor(h/4) is q
 * and h*w/16 divides out. What is computed of quotients is written with floors again.
 */
export class Multiples {
  /** Symbols in terms of quotients. */
  private readonly values = new Map<string, Dim>();
  /** The symbols themselves. */
  private readonly symbols = new Map<string, Dim>();
  /** Quotients as floors. */
  private readonly floors = new Map<string, Dim>();

  /** @param base remainders that also hold here */
  constructor(base?: Multiples) {
    for (const [name, value] of base?.values ?? []) this.values.set(name, value);
    for (const [name, own] of base?.symbols ?? []) this.symbols.set(name, own);
    for (const [name, floor] of base?.floors ?? []) this.floors.set(name, floor);
  }

  get isEmpty(): boolean {
    return this.values.size === 0;
  }

  /** Takes in that both are equal, if that says what remains of a symbol. */
  learn(left: Dim, right: Dim): void {
    if (isLong(left) || isLong(right)) return;
    const found = remainderOf(sub(this.inQuotients(left), this.inQuotients(right)));
    if (found === undefined) return;
    const { name, own, floor, divisor, offset } = found;
    const quotientName = formatDim(floor);
    const min = Math.ceil((rangeOf(own).min - offset) / divisor);
    const value = sub(mul(divisor, symbol(quotientName, { min: Math.max(0, min) })), -offset);
    const bindings: Bindings = new Map([[name, value]]);
    for (const [other, known] of this.values) this.values.set(other, substitute(known, bindings));
    if (!this.floors.has(name)) {
      this.values.set(name, value);
      this.symbols.set(name, own);
    }
    this.floors.set(quotientName, this.inFloors(floor));
  }

  /** Whether all that `other` says of remainders follows. */
  implies(other: Multiples): boolean {
    return [...other.symbols].every(([name, own]) => {
      const value = other.inFloors(other.values.get(name) ?? own);
      return this.inQuotients(own) === this.inQuotients(value);
    });
  }

  /** a / b if b divides a, provided that the symbols have their remainders. */
  quotient(a: Dim, b: Dim): Dim | undefined {
    const quotient = divideExact(this.inQuotients(a), this.inQuotients(b));
    return quotient === undefined ? undefined : this.inFloors(quotient);
  }

  inQuotients(dim: Dim): Dim {
    return substitute(dim, this.values);
  }

  inFloors(dim: Dim): Dim {
    return substitute(dim, this.floors);
  }
}

/** The most terms of a side of an equation that is looked at. Of longer ones nothing follows for a single symbol. */
const maxTerms = 8;

function isLong(dim: Dim): boolean {
  return typeof dim !== 'number' && dim.terms.length > maxTerms;
}

interface Remainder {
  readonly name: string;
  readonly own: Dim;
  /** floor((symbol + c) / divisor) */
  readonly floor: Dim;
  readonly divisor: number;
  /** symbol = divisor · floor + offset */
  readonly offset: number;
}

/** What is known of a symbol if the dim, of the form ±(symbol − divisor·floor((symbol + c)/divisor) + constant), is 0. */
function remainderOf(dim: Dim): Remainder | undefined {
  if (typeof dim === 'number' || dim.terms.length !== 2) return undefined;
  const [first, second] = dim.terms as readonly [Term, Term];
  return remainderIn(first, second, dim.constant) ?? remainderIn(second, first, dim.constant);
}

function remainderIn(alone: Term, floored: Term, constant: number): Remainder | undefined {
  const [atom, ...others] = alone.factors;
  const [floor, ...more] = floored.factors;
  if (atom?.kind !== 'symbol' || floor?.kind !== 'floorDiv' || others.length > 0 || more.length > 0) return undefined;
  const { numerator, denominator } = floor;
  const [inner, ...rest] = numerator.terms;
  const isOwn =
    inner?.coefficient === 1 && inner.factors.length === 1 && inner.factors[0] === atom && rest.length === 0;
  const sign = alone.coefficient;
  if (!isOwn || Math.abs(sign) !== 1 || floored.coefficient !== -sign * denominator) return undefined;
  const offset = -constant * sign;
  const remainder = offset + numerator.constant;
  if (remainder < 0 || remainder >= denominator) return undefined;
  return {
    name: atom.name,
    own: fromTerms([{ coefficient: 1, factors: [atom] }]),
    floor: fromTerms([{ coefficient: 1, factors: [floor] }]),
    divisor: denominator,
    offset,
  };
}
