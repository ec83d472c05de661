/**
 * Sets of sizes that are explicit up to a point and periodic from there on. Floor divisions and linear inequalities
 * always give sets of this form (Presburger's theorem for one variable).
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

  get isEverySize(): boolean {
    return this.start === 1 && this.period === 1 && this.residues.length === 1;
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

  /** `multiple of 16, at least 32`; `12 more than a multiple of 16, at least 188`; `exactly 224`; `any size`. */
  toString(): string {
    if (this.residues.length === 0) return formatSizes(this.early);
    const first = this.next(this.start)!;
    const bound = first > this.smallestOfRule() ? `at least ${first}` : undefined;
    const rule = this.period === 1 ? (bound ?? 'any size') : [this.rule(), bound].filter(Boolean).join(', ');
    return this.early.length === 0 ? rule : `${rule}; also ${list(this.early, 'and')}`;
  }

  /** The first member if there were no lower bound. */
  private smallestOfRule(): number {
    return this.residues.find((residue) => residue > 0) ?? this.period;
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

/** Ascending sizes and no others: `exactly 224`, `at most 512`, `224 to 255 or 480`. */
export function formatSizes(sizes: readonly number[]): string {
  if (sizes.length === 0) return 'no size';
  const isRun = sizes.at(-1)! - sizes[0]! === sizes.length - 1;
  if (sizes.length === 1) return `exactly ${sizes[0]}`;
  return isRun && sizes[0] === 1 ? `at most ${sizes.length}` : list(sizes, 'or');
}

const longest = 8;

/** `1 to 4, 8 and 12`. */
export function list(sizes: readonly number[], word: 'and' | 'or'): string {
  const runs = runsOf(sizes).flatMap(([first, last]) =>
    last - first > 1 ? [`${first} to ${last}`] : first === last ? [`${first}`] : [`${first}`, `${last}`],
  );
  if (runs.length > longest) return `${runs.slice(0, longest).join(', ')} ${word} others up to ${sizes.at(-1)}`;
  return runs.length < 2 ? runs.join('') : `${runs.slice(0, -1).join(', ')} ${word} ${runs.at(-1)}`;
}

function runsOf(sizes: readonly number[]): (readonly [first: number, last: number])[] {
  const runs: [number, number][] = [];
  for (const size of sizes) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === size - 1) run[1] = size;
    else runs.push([size, size]);
  }
  return runs;
}
