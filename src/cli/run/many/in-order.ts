/** Puts reports into the order of their items. */
export class InOrder<T> {
  private readonly waiting = new Map<number, T>();
  private next = 0;

  /** @param emit called for each report after those of all items before it */
  constructor(private readonly emit: (report: T, index: number) => void) {}

  add(index: number, report: T): void {
    this.waiting.set(index, report);
    for (let found = this.waiting.get(this.next); found !== undefined; found = this.waiting.get(this.next)) {
      this.waiting.delete(this.next);
      this.emit(found, this.next++);
    }
  }

  /** Emits reports that wait for items which will not come. */
  flush(): void {
    for (const [index, report] of [...this.waiting].sort(([a], [b]) => a - b)) this.emit(report, index);
    this.waiting.clear();
  }
}
