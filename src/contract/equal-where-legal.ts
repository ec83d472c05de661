/** Equality of sizes for all legal input sizes: in a U-Net, 16·floor(H/16) equals H. */
import { add, type Dim, DimTooComplexError, mul, sub, substitute, symbol, symbolsOf } from '../ir/dim.js';

/** A set of sizes that is periodic from some point on. */
interface PeriodicSet {
  readonly start: number;
  readonly period: number;
  readonly residues: readonly number[];
  /** Members below `start`. */
  readonly early: readonly number[];
}

export interface OpenSize {
  readonly name: string;
  /** Undefined if the set of legal sizes is unknown. */
  readonly set: PeriodicSet | undefined;
}

/** The most cases that are checked. */
const maxCases = 256;

/**
 * Whether the sizes are equal for every legal size of every symbol. Each case of residues and early members is
 * substituted, and the difference must vanish as an expression.
 */
export function equalWhereLegal(a: Dim, b: Dim, symbols: readonly OpenSize[]): boolean {
  if (a === b) return true;
  try {
    const difference = sub(a, b);
    const names = symbolsOf(difference);
    let cases: ReadonlyMap<string, Dim>[] = [new Map()];
    for (const { name, set } of symbols) {
      if (set === undefined || !names.has(name)) continue;
      const sizes = [...set.early, ...set.residues.map((residue) => tail(name, residue, set))];
      if (cases.length * sizes.length > maxCases) return false;
      cases = cases.flatMap((found) => sizes.map((size) => new Map([...found, [name, size]])));
    }
    return cases.every((bindings) => substitute(difference, bindings) === 0);
  } catch (error) {
    if (error instanceof DimTooComplexError) return false;
    throw error;
  }
}

/** period·q + residue, with q large enough for the size to be at least `start`. */
function tail(name: string, residue: number, { period, start }: PeriodicSet): Dim {
  const quotient = symbol(`${name} div ${period}`, { min: Math.max(0, Math.ceil((start - residue) / period)) });
  return add(mul(period, quotient), residue);
}
