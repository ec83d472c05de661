/**
 * Sets of sizes: explicit up to a point, periodic from there on. What floor divisions and linear inequalities allow is
 * always of this form (Presburger's theorem for one variable).
 */
export class SizeSet {
  /** From here on membership depends on the residue alone. */
  readonly start: number;
  readonly period: number;
  /** Residues modulo the period, ascending. */
  readonly residues: readonly number[];
  /** Members below `start`, ascending. */
  readonly early: readonly number[];

  /**
   * @param contains membership of every size from 1 to start + period − 1
   * @param start where membership has become periodic
   */
  constructor(contains: (size: number) => boolean, start: number, period: number) {
    const residues = new Set<number>();
    for (let size = start; size < start + period; size++) if (contains(size)) residues.add(size % period);
    this.period = shortestPeriod(residues, period);
    const inTail = (size: number) => residues.has(size % period);
    this.residues = [...new Set([...residues].map((residue) => residue % this.period))].sort((a, b) => a - b);
    let first = start;
    while (first > 1 && contains(first - 1) === inTail(first - 1)) first--;
    this.start = first;
    this.early = Array.from({ length: first - 1 }, (_, i) => i + 1).filter(contains);
  }

  has(size: number): boolean {
    if (size < 1 || !Number.isInteger(size)) return false;
    return size < this.start ? this.early.includes(size) : this.residues.includes(size % this.period);
  }

  get isEmpty(): boolean {
    return this.residues.length === 0 && this.early.length === 0;
  }

  /** The smallest member that is at least `from`. */
  next(from: number): number | undefined {
    const early = this.early.find((size) => size >= from);
    if (early !== undefined) return early;
    if (this.residues.length === 0) return undefined;
    for (let size = Math.max(from, this.start); ; size++) if (this.has(size)) return size;
  }

  /** The largest member that is at most `to`. */
  previous(to: number): number | undefined {
    for (let size = Math.max(0, to); size >= this.start && this.residues.length > 0; size--)
      if (this.has(size)) return size;
    return this.early.findLast((size) => size <= to);
  }

  /** `multiple of 16, at least 32`; `12 more than a multiple of 16, at least 188`; `224`; `any size`. */
  toString(): string {
    if (this.isEmpty) return 'no size';
    if (this.residues.length === 0) return list(this.early, 'or');
    const rule = this.rule();
    const first = this.next(this.start)!;
    const natural =
      this.residues.find((residue) => residue > 0 && this.residues.length > 1) ?? (this.residues[0] || this.period);
    const bound = first > (this.period === 1 ? 1 : natural) ? `at least ${first}` : undefined;
    const parts = [this.period === 1 ? (bound ?? 'any size') : [rule, bound].filter(Boolean).join(', ')];
    if (this.early.length > 0) parts.push(`also ${list(this.early, 'and')}`);
    return parts.join('; ');
  }

  private rule(): string {
    const { period, residues } = this;
    if (residues.length === 1) {
      const [residue] = residues as [number];
      if (residue === 0) return period === 2 ? 'even' : `multiple of ${period}`;
      return period === 2 ? 'odd' : `${residue} more than a multiple of ${period}`;
    }
    if (residues.length === period - 1) {
      const missing = Array.from({ length: period }, (_, i) => i).find((residue) => !residues.includes(residue));
      return missing === 0 ? `no multiple of ${period}` : `not ${missing} more than a multiple of ${period}`;
    }
    return `${list(residues, 'or')} modulo ${period}`;
  }
}

/** The smallest divisor of `period` that the residues repeat with. */
function shortestPeriod(residues: ReadonlySet<number>, period: number): number {
  for (let divisor = 1; divisor < period; divisor++) {
    if (period % divisor !== 0) continue;
    let repeats = true;
    for (let i = 0; i < period && repeats; i++) repeats = residues.has(i) === residues.has(i % divisor);
    if (repeats) return divisor;
  }
  return period;
}

const longest = 8;

function list(sizes: readonly number[], word: 'and' | 'or'): string {
  if (sizes.length > longest) return `${sizes.slice(0, longest).join(', ')} ${word} ${sizes.length - longest} more`;
  if (sizes.length <= 1) return sizes.join('');
  return `${sizes.slice(0, -1).join(', ')} ${word} ${sizes.at(-1)}`;
}
