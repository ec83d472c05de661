/**
 * Finds the sizes of symbols from the sizes of tensors and the expressions that inputs declare for them. An input that is
 * declared as floor(H/8) takes every size for which there is an H; of several such H, one is taken that fits all inputs.
 */

import { dimFunction } from '../ir/dim/function.js';
import { type Dim, divideExact, formatDim, rangeOf, type Sym, sub, substitute, symbolsOf } from '../ir/dim.js';

/** Where a symbol got its size, for messages. */
interface Binding {
  readonly size: number;
  readonly source: string;
}

interface Equation {
  /** As it was added, from 0. */
  readonly index: number;
  readonly dim: Dim;
  readonly size: number;
  /** `axis 2 of 'image'`. */
  readonly source: string;
}

/** An equation that contradicts the others. */
export interface SizeConflict {
  readonly index: number;
  /** What contradicts it. */
  readonly reason: string;
}

export interface SizeSolution {
  readonly sizes: ReadonlyMap<string, number>;
  /** In the order in which the equations were added. */
  readonly conflicts: readonly SizeConflict[];
}

/** How many sizes are tried one by one where an expression is not monotonic. */
const mostTried = 2 ** 16;

/** Longer than the axis of any tensor. */
const largestSize = 2 ** 40;

export class SizeEquations {
  private readonly bound: Map<string, Binding>;
  /** Symbols of `bound` that could have other sizes as well: one that fits was chosen. */
  private readonly guessed = new Set<string>();
  private readonly conflicts: SizeConflict[] = [];
  private open: Equation[] = [];
  private count = 0;

  /** @param given sizes bound beforehand, by symbol */
  constructor(given: ReadonlyMap<string, number> = new Map()) {
    this.bound = new Map([...given].map(([name, size]) => [name, { size, source: 'the sizes given' }]));
  }

  /** @returns the index by which conflicts name the equation */
  add(dim: Dim, size: number, source: string): number {
    this.open.push({ index: this.count, dim, size, source });
    return this.count++;
  }

  /**
   * Binds what the equations determine, then a size for every symbol that is the only open one in the equations left. An
   * equation that has several open symbols even then is taken to hold, unless it contradicts itself.
   */
  solve(): SizeSolution {
    this.settleAll();
    const alone = new Map<string, Equation[]>();
    for (const equation of this.open) {
      const name = onlySymbol(this.rest(equation.dim));
      if (name !== undefined) alone.set(name, [...(alone.get(name) ?? []), equation]);
    }
    this.open = this.open.filter((equation) => ![...alone.values()].some((own) => own.includes(equation)));
    this.compare();
    for (const [name, own] of alone) this.choose(name, own);
    this.settleAll();
    return {
      sizes: new Map([...this.bound].map(([name, { size }]) => [name, size])),
      conflicts: this.conflicts.sort((a, b) => a.index - b.index),
    };
  }

  private settleAll(): void {
    let count: number;
    do {
      count = this.bound.size;
      this.open = this.open.filter((equation) => !this.settle(equation));
    } while (this.bound.size > count);
  }

  private rest(dim: Dim): Dim {
    return substitute(dim, new Map([...this.bound].map(([name, { size }]) => [name, size])));
  }

  /** Whether the equation is settled: it holds, is in conflict, or has bound the only symbol that was open in it. */
  private settle({ index, dim, size, source }: Equation): boolean {
    const rest = this.rest(dim);
    if (rest === size) return true;
    const isGuess = [...symbolsOf(dim).keys()].some((name) => this.guessed.has(name));
    if (typeof rest === 'number') {
      if (!isGuess) this.conflicts.push({ index, reason: this.reasonFor(dim) });
      return true;
    }
    const linear = linearIn(rest);
    if (linear === undefined) return false;
    const { name, slope, offset } = linear;
    const value = divideExact(sub(size, offset), slope);
    if (typeof value === 'number' && value >= 0 && Number.isInteger(value)) {
      this.bound.set(name, { size: value, source });
      if (isGuess) this.guessed.add(name);
    } else if (!isGuess) this.conflicts.push({ index, reason: `${formatDim(rest)} cannot be ${size}` });
    return true;
  }

  private reasonFor(dim: Dim): string {
    const reasons = [...symbolsOf(dim).keys()].map(
      (name) => `${name} = ${this.bound.get(name)?.size} comes from ${this.bound.get(name)?.source}`,
    );
    return reasons.length === 0 ? `the model is made for ${formatDim(dim)} there` : reasons.join('; ');
  }

  /** A size for the symbol with which all equations hold that have no other open symbol. */
  private choose(name: string, own: readonly Equation[]): void {
    const held: (Condition & { readonly source: string })[] = [];
    let size: number | undefined;
    for (const equation of own) {
      const rest = this.rest(equation.dim) as Sym;
      const condition = { of: dimFunction(rest, [name]), is: equation.size, source: equation.source };
      const found = commonSize([...held, condition]);
      if (found === undefined) {
        const others = held.length === 0 ? '' : ` together with ${held.map(({ source }) => source).join(' and ')}`;
        this.conflicts.push({
          index: equation.index,
          reason: `${formatDim(rest)} cannot be ${equation.size}${others}, whatever ${name} is`,
        });
      } else {
        size = found;
        held.push(condition);
      }
    }
    // Where no size fits, the other equations with the symbol are reported only if they contradict themselves.
    if (size === undefined) return;
    this.bound.set(name, { size, source: held.map(({ source }) => source).join(' and ') });
    this.guessed.add(name);
  }

  /** Checks equations of several open symbols: equal expressions need equal sizes, and sizes that they can have. */
  private compare(): void {
    const first = new Map<Dim, Equation>();
    for (const equation of this.open) {
      const { index, dim, size } = equation;
      const rest = this.rest(dim);
      const known = first.get(rest);
      const { min, max } = rangeOf(rest);
      if (known !== undefined && known.size !== size)
        this.conflicts.push({ index, reason: `${formatDim(rest)} = ${known.size} comes from ${known.source}` });
      else if (size < min || size > max) this.conflicts.push({ index, reason: `${formatDim(rest)} cannot be ${size}` });
      else first.set(rest, equation);
    }
  }
}

function onlySymbol(dim: Dim): string | undefined {
  const [name, ...others] = symbolsOf(dim).keys();
  return others.length === 0 ? name : undefined;
}

/** The slope and offset of a dim that is slope · symbol + offset; undefined for any other. */
function linearIn(dim: Dim): { readonly name: string; readonly slope: number; readonly offset: number } | undefined {
  const name = onlySymbol(dim);
  if (name === undefined || typeof dim === 'number') return undefined;
  const [term, ...others] = dim.terms;
  const isLinear = others.length === 0 && term!.factors.length === 1 && term!.factors[0]!.kind === 'symbol';
  return isLinear ? { name, slope: term!.coefficient, offset: dim.constant } : undefined;
}

interface Condition {
  readonly of: (values: readonly number[]) => number;
  readonly is: number;
}

/**
 * A size that makes all conditions true: of several, the one that can be halved most often, as sizes of networks mostly can.
 * Expressions of one size mostly grow with it, so the sizes at which they have a given value lie between two bounds.
 */
function commonSize(conditions: readonly Condition[]): number | undefined {
  const holds = (size: number) => conditions.every((item) => item.of([size]) === item.is);
  const low = Math.max(...conditions.map(({ of, is }) => firstSize((size) => of([size]) >= is)));
  const high = Math.min(...conditions.map(({ of, is }) => firstSize((size) => of([size]) > is) - 1));
  const best = roundest(Math.max(low, Math.min(high, 1)), high);
  if (best !== undefined && holds(best)) return best;
  for (let size = 1; size <= mostTried; size++) if (holds(size)) return size;
  return holds(0) ? 0 : undefined;
}

/** The first size for which the condition holds, given that it holds for all larger ones too. */
function firstSize(isTrue: (size: number) => boolean): number {
  let low = 0;
  let high = 1;
  while (high < largestSize && !isTrue(high)) high *= 2;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isTrue(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Of the numbers from one to the other, ends included, the one with the largest power of two as a factor. */
function roundest(low: number, high: number): number | undefined {
  if (low > high) return undefined;
  let best = low;
  for (let step = 1; step <= high; step *= 2) {
    const multiple = Math.ceil(low / step) * step;
    if (multiple <= high) best = multiple;
  }
  return best;
}
