/**
 * Solves equations for a symbol that occurs alone on one side, and finds the constraints that remain for the other
 * symbols.
 */
import { type Constraint, decide, type Requirement } from '../ir/constraint.js';
import {
  type Bindings,
  type Dim,
  DimTooComplexError,
  floorDiv,
  fromTerms,
  mul,
  sub,
  substitute,
  symbolOf,
  symbolsOf,
  symbolsOfAtom,
  unlessTooComplex,
} from '../ir/dim.js';

export interface Elimination {
  readonly name: string;
  readonly value: Dim;
  readonly constraint: Constraint;
}

/** The value of a symbol in an equation, and what the value's division has to meet: 2*W = 3*H asks for even H. */
interface Solved {
  readonly value: Dim;
  readonly division: Requirement | undefined;
}

/**
 * Replaces symbols by the values that equations give them: first symbols that are not in `order`, then from the last in
 * it. The bounds of replaced symbols are kept as constraints.
 */
export function eliminate(
  constraints: readonly Constraint[],
  order: ReadonlyMap<string, number>,
): { readonly eliminated: readonly Elimination[]; readonly rest: readonly Constraint[] } {
  const elimination = new Eliminator(order);
  elimination.run(constraints);
  return { eliminated: [...elimination.eliminated.values()], rest: [...elimination.rest] };
}

export function symbolNames({ left, right }: Requirement): string[] {
  return [...symbolsOf(left, right).keys()];
}

class Eliminator {
  /** Neither these values nor the remaining constraints contain an eliminated symbol. */
  readonly eliminated = new Map<string, Elimination>();
  readonly rest = new Set<Constraint>();
  private readonly values = new Map<string, Dim>();
  /** The remaining constraints by the symbols in them. */
  private readonly readers = new Map<string, Set<Constraint>>();

  constructor(private readonly order: ReadonlyMap<string, number>) {}

  run(constraints: readonly Constraint[]): void {
    const queue = [...constraints].reverse();
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const constraint = replaced(next, this.values);
      if (constraint === undefined) continue;
      const found = this.solve(constraint);
      if (found === undefined) this.keep(constraint);
      else queue.push(...this.replace(found).reverse());
    }
  }

  private solve(constraint: Constraint): (Elimination & Solved) | undefined {
    if (constraint.kind !== 'equal') return undefined;
    const rank = (name: string) => this.order.get(name) ?? Number.POSITIVE_INFINITY;
    const names = symbolNames(constraint).sort((a, b) => rank(b) - rank(a));
    // `solveSymbol` solves equations in a single symbol.
    if (names.length < 2) return undefined;
    const difference = unlessTooComplex(() => sub(constraint.left, constraint.right));
    if (difference === undefined) return undefined;
    for (const divides of names.length === 2 ? [false, true] : [false]) {
      for (const name of names) {
        const solved = solveFor(difference, name, divides);
        if (solved === undefined || this.isMadeUpFor(name, solved.value)) continue;
        if (this.fits(name, solved.value)) return { name, constraint, ...solved };
      }
    }
    return undefined;
  }

  /** Whether the values found before stay simple enough with this one put in. */
  private fits(name: string, value: Dim): boolean {
    const bindings: Bindings = new Map([[name, value]]);
    return [...this.eliminated.values()].every(
      (item) => unlessTooComplex(() => substitute(item.value, bindings)) !== undefined,
    );
  }

  /** Sizes of inputs are not expressed by symbols that only a run knows. */
  private isMadeUpFor(name: string, value: Dim): boolean {
    return this.order.has(name) && [...symbolsOf(value).keys()].some((other) => !this.order.has(other));
  }

  /** Substitutes the value everywhere and returns the constraints that changed. */
  private replace(found: Elimination & Solved): Constraint[] {
    const { name, value, constraint, division } = found;
    const bindings: Bindings = new Map([[name, value]]);
    for (const [other, item] of this.eliminated) {
      const updated = substitute(item.value, bindings);
      this.values.set(other, updated);
      this.eliminated.set(other, { ...item, value: updated });
    }
    this.values.set(name, value);
    this.eliminated.set(name, { name, value, constraint });
    const { min } = symbolOf(sub(constraint.left, constraint.right), name)!.range;
    const readers = [...(this.readers.get(name) ?? [])];
    for (const reader of readers) this.drop(reader);
    const whole = division === undefined ? [] : [{ ...constraint, ...division }];
    return [...whole, { ...constraint, kind: 'at-least', left: value, right: min }, ...readers];
  }

  private keep(constraint: Constraint): void {
    this.rest.add(constraint);
    for (const name of symbolNames(constraint)) {
      const readers = this.readers.get(name);
      if (readers === undefined) this.readers.set(name, new Set([constraint]));
      else readers.add(constraint);
    }
  }

  private drop(constraint: Constraint): void {
    this.rest.delete(constraint);
    for (const name of symbolNames(constraint)) this.readers.get(name)?.delete(constraint);
  }
}

/** The constraint with symbols replaced: undefined if it then holds, unchanged if the result would be too complex. */
function replaced(constraint: Constraint, bindings: Bindings): Constraint | undefined {
  try {
    const left = substitute(constraint.left, bindings);
    const right = substitute(constraint.right, bindings);
    const isSame = left === constraint.left && right === constraint.right;
    const item = isSame ? constraint : { ...constraint, left, right };
    return decide(item) === true ? undefined : item;
  } catch (error) {
    if (error instanceof DimTooComplexError) return constraint;
    throw error;
  }
}

/**
 * The value of `name` that makes `dim` zero, if dim = ±name + rest and the rest does not contain it; if `divides`, also of a
 * multiple of it.
 */
function solveFor(dim: Dim, name: string, divides: boolean): Solved | undefined {
  if (typeof dim === 'number') return undefined;
  const own = dim.terms.filter(({ factors }) => factors.some((atom) => symbolsOfAtom(atom).has(name)));
  const [term] = own;
  if (term === undefined || own.length > 1 || term.factors.length !== 1 || term.factors[0]?.kind !== 'symbol')
    return undefined;
  const multiple = Math.abs(term.coefficient);
  if (multiple !== 1 && !divides) return undefined;
  const rest = unlessTooComplex(() => mul(-Math.sign(term.coefficient), sub(dim, fromTerms([term]))));
  const value = rest && unlessTooComplex(() => floorDiv(rest, multiple));
  if (rest === undefined || value === undefined) return undefined;
  return { value, division: multiple === 1 ? undefined : { kind: 'equal', left: mul(multiple, value), right: rest } };
}
