/**
 * Nodes in segments: connected, at one level, and so that no way leaves a segment and comes back into it. A skip is then
 * what leads from one segment to another of its level.
 */

/** What is put into segments: a node, or several that stay together. Producers come first. */
export interface Unit {
  readonly level: number;
  /** Places of the units that it reads, ascending. */
  readonly reads: readonly number[];
  /** Begins a segment of its own whatever it reads. */
  readonly isFirst: boolean;
  /** Whether it has weights, or does something else than lay out or resize. */
  readonly isSubstantial: boolean;
}

/** Steps of searching ways between segments, after which segments stay apart: enough for tens of thousands of nodes. */
const mostSteps = 5_000_000;

/** For each unit the number of its segment; numbers are in topological order. */
export function segmentsOf(units: readonly Unit[]): number[] {
  return new Segmenter(units).segments();
}

class Segmenter {
  /** By unit. */
  private readonly segmentOf: number[] = [];
  /** By segment: those that read it. */
  private readonly readers: Set<number>[] = [];
  private readonly sources: Set<number>[] = [];
  private readonly substantial: boolean[] = [];
  private readonly levels: number[] = [];
  /** A segment that became part of another one. */
  private readonly joined: number[] = [];
  private steps = 0;

  constructor(private readonly units: readonly Unit[]) {}

  segments(): number[] {
    for (const [place, unit] of this.units.entries()) this.place(unit, place);
    return this.inOrder();
  }

  private place(unit: Unit, place: number): void {
    const read = [...new Set(unit.reads.map((source) => this.root(this.segmentOf[source]!)))];
    const level = read.filter((segment) => this.levels[segment] === unit.level).sort((a, b) => b - a);
    const host = unit.isFirst
      ? undefined
      : level.find((segment) => read.every((other) => other === segment || !this.leads(segment, other)));
    const segment = host ?? this.begin(unit.level);
    this.segmentOf[place] = segment;
    this.substantial[segment] ||= unit.isSubstantial;
    for (const other of read) this.connect(other, segment);
    if (host === undefined) return;
    for (const other of level) {
      if (other === host || !this.isSibling(other, host)) continue;
      if (!this.leads(other, host, true) && !this.leads(host, other, true)) this.unite(other, host);
    }
  }

  private begin(level: number): number {
    const segment = this.levels.length;
    this.levels.push(level);
    this.joined.push(segment);
    this.readers.push(new Set());
    this.sources.push(new Set());
    this.substantial.push(false);
    return segment;
  }

  private root(segment: number): number {
    let found = segment;
    while (this.joined[found] !== found) found = this.joined[found]!;
    return found;
  }

  private connect(from: number, to: number): void {
    if (from === to) return;
    this.readers[from]!.add(to);
    this.sources[to]!.add(from);
  }

  /** Branches of one thing: they come from the same place, or one of them is nothing by itself. */
  private isSibling(a: number, b: number): boolean {
    if (!this.substantial[a] || !this.substantial[b]) return true;
    const [first, second] = [this.sources[a]!, this.sources[b]!].map(
      (sources) => new Set([...sources].map((item) => this.root(item)).filter((item) => item !== a && item !== b)),
    ) as [Set<number>, Set<number>];
    return first.size > 0 && first.size === second.size && [...first].every((item) => second.has(item));
  }

  /** Whether a way leads from one segment to the other; with `indirectly`, through others. */
  private leads(from: number, to: number, indirectly = false): boolean {
    const seen = new Set<number>([from]);
    const waiting = [...this.readers[from]!].map((item) => this.root(item));
    const start = waiting.filter((item) => !(indirectly && item === to) && item !== from);
    for (let segment = start.pop(); segment !== undefined; segment = start.pop()) {
      if (segment === to) return true;
      if (seen.has(segment)) continue;
      seen.add(segment);
      if (++this.steps > mostSteps) return true;
      for (const reader of this.readers[segment]!) start.push(this.root(reader));
    }
    return false;
  }

  private unite(from: number, into: number): void {
    this.joined[from] = into;
    this.substantial[into] ||= this.substantial[from]!;
    for (const reader of this.readers[from]!) this.connect(this.root(reader), into);
    for (const reader of this.readers[from]!) if (this.root(reader) !== into) this.readers[into]!.add(reader);
    for (const source of this.sources[from]!) this.connect(this.root(source), into);
  }

  private inOrder(): number[] {
    const own = this.segmentOf.map((segment) => this.root(segment));
    return own.map(numbering(own, this.units));
  }
}

/** Numbers for groups of units, in topological order; of those that are free, the one with the earliest unit comes first. */
export function numbering(own: readonly number[], units: readonly Pick<Unit, 'reads'>[]): (group: number) => number {
  const waits = new Map<number, Set<number>>();
  const readers = new Map<number, Set<number>>();
  const first = new Map<number, number>();
  own.forEach((group, place) => {
    if (!first.has(group)) first.set(group, place);
    if (!waits.has(group)) waits.set(group, new Set());
    for (const source of units[place]!.reads) {
      const from = own[source]!;
      if (from === group) continue;
      waits.get(group)!.add(from);
      const known = readers.get(from);
      if (known === undefined) readers.set(from, new Set([group]));
      else known.add(group);
    }
  });
  const numbers = new Map<number, number>();
  const free = [...first.keys()].filter((group) => waits.get(group)!.size === 0);
  const byFirst = (a: number, b: number) => first.get(b)! - first.get(a)!;
  free.sort(byFirst);
  for (let group = free.pop(); group !== undefined; group = free.pop()) {
    numbers.set(group, numbers.size);
    for (const reader of readers.get(group) ?? []) {
      const left = waits.get(reader)!;
      left.delete(group);
      if (left.size === 0) insert(free, reader, byFirst);
    }
  }
  return (group) => numbers.get(group) ?? numbers.size;
}

function insert(sorted: number[], item: number, compare: (a: number, b: number) => number): void {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(sorted[middle]!, item) < 0) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, item);
}
