/**
 * A pipeline of items that are read ahead, run group by group, and finished afterwards. On both sides of the run, items
 * in memory are bounded by count and bytes: reading waits for the run, and the run waits for finishing.
 */
import { type Grouped, Groups } from './groups.js';

/** The stages of an item. Errors concern only the item, unless `isFatal` says otherwise. */
export interface Stages<Item, Loaded, Result, Report> {
  load(item: Item, index: number): Promise<Loaded>;
  /** Items with equal keys may be run together. */
  keyOf(loaded: Loaded): string;
  /** A result or an error for each item, in order. */
  run(group: readonly Loaded[]): Promise<readonly Outcome<Result>[]>;
  finish(result: Result, index: number): Promise<Report>;
  /** Whether an error ends everything. */
  isFatal(error: unknown): boolean;
}

export type Outcome<T> =
  | { readonly isDone: true; readonly value: T }
  | { readonly isDone: false; readonly error: unknown };

export interface Limits<Loaded, Result> {
  /** The most items that are run together. */
  readonly batch: number;
  /** The most items that are read or being read, besides those that wait for a group. */
  readonly prefetched: number;
  /** The most results that are being finished. */
  readonly finishing: number;
  /** The most bytes on each side. A single item may exceed it. */
  readonly bytes: number;
  weightOf(value: { readonly loaded: Loaded } | { readonly result: Result }): number;
}

export interface PipelineOptions<Loaded, Result, Report> {
  readonly limits: Limits<Loaded, Result>;
  /** Called once for each item, in any order, and not for items that are skipped because of a stop. */
  settle(index: number, outcome: Outcome<Report>): void;
  /** Stops the work: started items are finished and settled, no others are started. */
  readonly signal?: AbortSignal;
}

interface Reading<Loaded> {
  readonly index: number;
  /** Never rejects. */
  readonly outcome: Promise<Outcome<Loaded>>;
}

/** @throws the first fatal error, after everything that was started has ended */
export async function runPipeline<Item, Loaded, Result, Report>(
  items: readonly Item[],
  stages: Stages<Item, Loaded, Result, Report>,
  options: PipelineOptions<Loaded, Result, Report>,
): Promise<void> {
  const pipeline = new Pipeline(items, stages, options);
  try {
    await pipeline.work();
  } finally {
    await pipeline.end();
  }
  pipeline.throwIfFatal();
}

class Pipeline<Item, Loaded, Result, Report> {
  private next = 0;
  private readonly reading: Reading<Loaded>[] = [];
  private readonly groups: Groups<Loaded>;
  /** Bytes of items that are read but not run yet. */
  private readonly weights = new Map<number, number>();
  /** The assumed bytes of an item that is still being read: those of the largest so far. */
  private largest: number | undefined;
  private readonly finishing = new Map<Promise<void>, number>();
  private fatal: { readonly error: unknown } | undefined;

  constructor(
    private readonly items: readonly Item[],
    private readonly stages: Stages<Item, Loaded, Result, Report>,
    private readonly options: PipelineOptions<Loaded, Result, Report>,
  ) {
    this.groups = new Groups(options.limits.batch);
  }

  async work(): Promise<void> {
    for (;;) {
      this.readAhead();
      const reading = this.reading.shift();
      if (reading === undefined) break;
      const outcome = await reading.outcome;
      if (this.isOver()) return;
      if (outcome.isDone) await this.take({ index: reading.index, value: outcome.value });
      else this.settle(reading.index, outcome);
    }
    while (this.groups.size > 0 && !this.isOver()) await this.run(this.groups.takeLargest());
  }

  /** Waits for everything that was started. */
  async end(): Promise<void> {
    await Promise.all([...this.finishing.keys(), ...this.reading.map(({ outcome }) => outcome)]);
  }

  throwIfFatal(): void {
    if (this.fatal !== undefined) throw this.fatal.error;
  }

  private isOver(): boolean {
    return this.fatal !== undefined || this.options.signal?.aborted === true;
  }

  private readAhead(): void {
    while (this.next < this.items.length && !this.isOver() && this.mayRead()) {
      const index = this.next++;
      const outcome = outcomeOf(() => this.stages.load(this.items[index]!, index)).then((settled) => {
        if (settled.isDone) {
          const weight = this.options.limits.weightOf({ loaded: settled.value });
          this.weights.set(index, weight);
          this.largest = Math.max(this.largest ?? 0, weight);
        }
        return settled;
      });
      this.reading.push({ index, outcome });
    }
  }

  private mayRead(): boolean {
    const { prefetched, bytes } = this.options.limits;
    const count = this.reading.length;
    if (count === 0) return true;
    // The first item shows how large they are.
    if (count >= prefetched || this.largest === undefined) return false;
    let waiting = 0;
    for (const weight of this.weights.values()) waiting += weight;
    const unknown = count + this.groups.size - this.weights.size;
    return waiting + (unknown + 1) * this.largest <= bytes;
  }

  private async take(item: Grouped<Loaded>): Promise<void> {
    for (const group of this.groups.add(this.stages.keyOf(item.value), item)) {
      if (this.isOver()) return;
      await this.run(group);
    }
    while (this.groups.size > 0 && this.bytesOfGroups() > this.options.limits.bytes && !this.isOver()) {
      await this.run(this.groups.takeLargest());
    }
  }

  private bytesOfGroups(): number {
    const reading = new Set(this.reading.map(({ index }) => index));
    let waiting = 0;
    for (const [index, weight] of this.weights) if (!reading.has(index)) waiting += weight;
    return waiting;
  }

  private async run(group: readonly Grouped<Loaded>[]): Promise<void> {
    this.readAhead();
    // A run may not yield, so signals, timers and messages of workers are handled here.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.isOver()) return;
    const outcomes = await this.runAll(group.map(({ value }) => value));
    for (const [i, { index }] of group.entries()) {
      this.weights.delete(index);
      const outcome = outcomes[i]!;
      if (outcome.isDone) await this.finish(index, outcome.value);
      else this.settle(index, outcome);
    }
  }

  private async runAll(values: readonly Loaded[]): Promise<readonly Outcome<Result>[]> {
    const outcome = await outcomeOf(() => this.stages.run(values));
    return outcome.isDone ? outcome.value : values.map(() => outcome);
  }

  private async finish(index: number, result: Result): Promise<void> {
    const { finishing, bytes, weightOf } = this.options.limits;
    const weight = weightOf({ result });
    const waiting = () => [...this.finishing.values()].reduce((sum, other) => sum + other, weight);
    while (this.finishing.size > 0 && (this.finishing.size >= finishing || waiting() > bytes)) {
      await Promise.race(this.finishing.keys());
    }
    const done = outcomeOf(() => this.stages.finish(result, index)).then((outcome) => {
      this.finishing.delete(done);
      this.settle(index, outcome);
    });
    this.finishing.set(done, weight);
  }

  private settle(index: number, outcome: Outcome<Report>): void {
    if (!outcome.isDone && this.stages.isFatal(outcome.error)) this.fatal ??= outcome;
    else this.options.settle(index, outcome);
  }
}

async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { isDone: true, value: await work() };
  } catch (error) {
    return { isDone: false, error };
  }
}
