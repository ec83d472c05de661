/** What symbolic integers are made of. */
import { formatDim } from './format.js';

export type Dim = number | Sym;

/** An integer times a product of atoms; powers are repeated factors. */
export interface Term {
  readonly coefficient: number;
  readonly factors: readonly Atom[];
}

export interface SymbolAtom {
  readonly kind: 'symbol';
  readonly id: number;
  readonly name: string;
  readonly min: number;
  /** Why the value is unknown, for symbols that inference generated. */
  readonly reason: string | undefined;
  /** Orders symbols by name; see `order.ts`. */
  readonly sortKey: string;
}
export interface FloorDivAtom {
  readonly kind: 'floorDiv';
  readonly id: number;
  readonly numerator: Sym;
  readonly denominator: number;
}
export interface ExtremumAtom {
  readonly kind: 'max' | 'min';
  readonly id: number;
  /** At least two, each once and no extremum of the same kind; a number is the last. */
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
export function unlessTooComplex<T extends Dim | undefined>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof DimTooComplexError) return undefined;
    throw error;
  }
}

export class Sym {
  /** @internal */
  constructor(
    readonly id: number,
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
