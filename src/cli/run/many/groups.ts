/** Groups items of one size into batches. */

export interface Grouped<T> {
  /** Index among all items. */
  readonly index: number;
  readonly value: T;
}

/**
 * Collects items by key until there is a full batch. The number of waiting items is bounded: at twice the batch the
 * largest group is released as it is, and no group waits for more than four batches of other items, so that rare sizes
 * do not delay the reports of the rest.
 */
export class Groups<T> {
  private readonly groups = new Map<string, Grouped<T>[]>();
  private count = 0;

  constructor(private readonly batch: number) {}

  get size(): number {
    return this.count;
  }

  /** Adds an item and returns the groups that are due. */
  add(key: string, item: Grouped<T>): (readonly Grouped<T>[])[] {
    const group = this.groups.get(key) ?? [];
    this.groups.set(key, group);
    group.push(item);
    this.count++;
    const due: (readonly Grouped<T>[])[] = [];
    if (group.length >= this.batch) due.push(this.take(key));
    for (const [other, { 0: oldest }] of [...this.groups]) {
      if (item.index - oldest!.index >= 4 * this.batch) due.push(this.take(other));
    }
    if (this.count >= 2 * this.batch) due.push(this.takeLargest());
    return due;
  }

  /** Removes and returns the largest group; there must be one. */
  takeLargest(): readonly Grouped<T>[] {
    const [key] = [...this.groups].reduce((most, entry) => (entry[1].length > most[1].length ? entry : most));
    return this.take(key);
  }

  private take(key: string): readonly Grouped<T>[] {
    const group = this.groups.get(key)!;
    this.groups.delete(key);
    this.count -= group.length;
    return group;
  }
}
