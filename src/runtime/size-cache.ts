interface Disposable {
  dispose(): void;
}

/** What is ready to run for certain sizes. The least recently used entry is disposed of when there are too many. */
export class SizeCache<T extends Disposable> {
  private readonly entries = new Map<string, T>();

  constructor(private readonly limit: number) {}

  get(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (entry !== undefined) {
      // A Map keeps the order of insertion.
      this.entries.delete(key);
      this.entries.set(key, entry);
    }
    return entry;
  }

  /** Disposes of entries until there is room for one more. */
  makeRoom(): void {
    for (const [key, entry] of this.entries) {
      if (this.entries.size < this.limit) return;
      this.entries.delete(key);
      entry.dispose();
    }
  }

  add(key: string, entry: T): void {
    this.makeRoom();
    this.entries.set(key, entry);
  }

  clear(): void {
    for (const entry of this.entries.values()) entry.dispose();
    this.entries.clear();
  }
}
