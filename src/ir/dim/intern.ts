/** Symbolic integers as objects that exist once: equal ones are the same. */
import { abbreviated } from '../abbreviated.js';
import { compareFactors, sortKeyOf } from './order.js';
import { rangeOfSum } from './range.js';
import { type Atom, type Dim, DimTooComplexError, type FloorDivAtom, Sym, type Term } from './sym.js';

/** A bound on memory, for graphs that square their shapes at every node. Real models stay below ten. */
export const maxTerms = 64;

/**
 * The most symbols and numbers that an expression has when it is written out. Shared subexpressions count wherever they
 * occur: a graph of twenty nodes can double its sizes at each, and whoever walks or prints an expression walks a tree.
 */
const maxLeaves = 512;

/** How many objects a table keeps alive: as many as the sizes of most models are, in some MB. */
const mostKept = 2 ** 15;

/**
 * Objects by key. Those that were asked for last are kept; of others it finds the ones that are alive without keeping them
 * alive. Most models are through before there is one of these, and a weak reference takes more time than the object.
 */
class InternTable<T extends object> {
  private kept = new Map<string, T>();
  private readonly others = new Map<string, WeakRef<T>>();
  private readonly cleanup = new FinalizationRegistry<string>((key) => {
    if (this.others.get(key)?.deref() === undefined) this.others.delete(key);
  });

  get(key: string, make: () => T): T {
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const found = this.others.get(key)?.deref() ?? make();
    if (this.kept.size >= mostKept) this.letGo();
    this.kept.set(key, found);
    return found;
  }

  private letGo(): void {
    for (const [key, object] of this.kept) {
      if (this.others.get(key)?.deref() === object) continue;
      this.others.set(key, new WeakRef(object));
      this.cleanup.register(object, key);
    }
    this.kept = new Map();
  }
}

const atoms = new InternTable<Atom>();
const syms = new InternTable<Sym>();
/** Names atoms and sums in keys; nothing else depends on it, since it depends on what was made before. */
let nextId = 0;

function dimKey(dim: Dim): string {
  return typeof dim === 'number' ? String(dim) : `#${dim.id}`;
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
    sortKey: sortKeyOf(shown, reason !== undefined),
  }));
  return single(atom);
}

/** A number of which nothing is known: it may be negative, as no size is. */
export function unknownInteger(name: string, reason: string): Sym {
  return symbol(name, { min: Number.NEGATIVE_INFINITY, reason });
}

/** @param numerator of coefficients in [0, denominator) */
export function floorDivAtom(numerator: Sym, denominator: number): FloorDivAtom {
  return atoms.get(`floorDiv #${numerator.id} ${denominator}`, () => ({
    kind: 'floorDiv',
    id: nextId++,
    numerator,
    denominator,
  })) as FloorDivAtom;
}

/** @param operands in order */
export function extremumAtom(kind: 'max' | 'min', operands: readonly Dim[]): Atom {
  return atoms.get(`${kind} ${operands.map(dimKey).join(' ')}`, () => ({ kind, id: nextId++, operands }));
}

const singles = new WeakMap<Atom, Sym>();

/** The atom as a dim. */
export function single(atom: Atom): Sym {
  const known = singles.get(atom);
  if (known !== undefined) {
    built++;
    return known;
  }
  const made = intern([{ coefficient: 1, factors: [atom] }], 0) as Sym;
  singles.set(atom, made);
  return made;
}

/** Equal for equal products. */
export function productKey(factors: readonly Atom[]): string {
  const [only] = factors;
  if (factors.length === 1 && only !== undefined) return String(only.id);
  return factors.map(({ id }) => id).join('·');
}

let built = 0;

/** How many sums have been asked for since the start, known or not, for tests of what arithmetic on sizes costs. */
export function sumsBuilt(): number {
  return built;
}

/** Interns a sum whose terms are merged and of which no floors are to be joined; sorts them and drops zeros. */
export function intern(terms: readonly Term[], constant: number): Dim {
  built++;
  const kept = terms.filter((term) => term.coefficient !== 0);
  if (kept.length === 0) return withoutNegativeZero(constant);
  if (kept.length > maxTerms) throw new DimTooComplexError(`a size grew to more than ${maxTerms} terms`);
  const leaves = kept.reduce((sum, term) => sum + leavesOfTerm(term), 1);
  if (leaves > maxLeaves) throw new DimTooComplexError('a size became too long an expression');
  if (kept.some(({ coefficient }) => !Number.isSafeInteger(coefficient)))
    throw new DimTooComplexError('a size grew beyond 2^53');
  if (kept.length > 1) kept.sort((a, b) => compareFactors(a.factors, b.factors));
  const key = `${kept.map(({ coefficient, factors }) => `${coefficient}*${productKey(factors)}`).join('+')}+${constant}`;
  return syms.get(
    key,
    () => new Sym(nextId++, kept, withoutNegativeZero(constant), rangeOfSum(kept, constant), leaves),
  );
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
export function withoutNegativeZero(value: number): number {
  return value + 0;
}
