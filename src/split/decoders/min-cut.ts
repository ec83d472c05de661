/**
 * The minimum cut between two vertices (Ford and Fulkerson 1956, with the shortest augmenting paths of Edmonds and Karp
 * 1972). Among equally cheap cuts, the one closest to the sink.
 */
export class MinCut {
  private readonly heads: number[] = [];
  private readonly capacities: number[] = [];
  private readonly edges: number[][] = [];

  /** A vertex, by its number. */
  vertex(): number {
    return this.edges.push([]) - 1;
  }

  edge(from: number, to: number, capacity: number): void {
    this.edges[from]!.push(this.heads.push(to) - 1);
    this.capacities.push(capacity);
    this.edges[to]!.push(this.heads.push(from) - 1);
    this.capacities.push(0);
  }

  /** The smallest set of vertices on the side of `sink`; undefined if every cut has infinite capacity. */
  solve(source: number, sink: number): Set<number> | undefined {
    for (;;) {
      const path = this.augmentingPath(source, sink);
      if (path === undefined) return this.reaching(sink);
      const least = Math.min(...path.map((edge) => this.capacities[edge]!));
      if (least === Number.POSITIVE_INFINITY) return undefined;
      for (const edge of path) {
        this.capacities[edge]! -= least;
        this.capacities[edge ^ 1]! += least;
      }
    }
  }

  private augmentingPath(source: number, sink: number): number[] | undefined {
    const cameBy = new Map<number, number>([[source, -1]]);
    const waiting = [source];
    for (let i = 0; i < waiting.length; i++) {
      for (const edge of this.edges[waiting[i]!]!) {
        const head = this.heads[edge]!;
        if (this.capacities[edge]! <= 0 || cameBy.has(head)) continue;
        cameBy.set(head, edge);
        if (head === sink) return this.pathTo(sink, cameBy);
        waiting.push(head);
      }
    }
    return undefined;
  }

  private pathTo(sink: number, cameBy: ReadonlyMap<number, number>): number[] {
    const path: number[] = [];
    for (let edge = cameBy.get(sink)!; edge >= 0; edge = cameBy.get(this.heads[edge ^ 1]!)!) path.push(edge);
    return path;
  }

  private reaching(sink: number): Set<number> {
    const found = new Set([sink]);
    const waiting = [sink];
    for (let i = 0; i < waiting.length; i++) {
      for (const edge of this.edges[waiting[i]!]!) {
        const tail = this.heads[edge]!;
        if (this.capacities[edge ^ 1]! <= 0 || found.has(tail)) continue;
        found.add(tail);
        waiting.push(tail);
      }
    }
    return found;
  }
}
