/**
 * Names for values. The graph tells values apart as objects; a file does so by name, and a name may not stand for two
 * values that can be seen from one place (IR.md, "Names Within a Graph").
 */
import type { Graph, Value } from '../ir/graph.js';

/** The names of one graph's values, over those of the graph around it. */
export class Names {
  private readonly names = new Map<Value, string>();
  private readonly taken = new Set<string>();
  private readonly counts = new Map<string, number>();

  /** Values keep their names where they can; those of inputs and outputs come first. */
  constructor(
    graph: Graph,
    private readonly outer?: Names,
  ) {
    const made = madeIn(graph);
    for (const value of graph.inputs) this.add(value);
    for (const value of graph.outputs) if (made.has(value)) this.add(value);
    for (const value of made) this.add(value);
  }

  /** The value's name; its own where no graph makes it. */
  of(value: Value): string {
    return this.names.get(value) ?? this.outer?.of(value) ?? value.name;
  }

  private add(value: Value): void {
    if (this.names.has(value)) return;
    const name = this.free(value.name === '' ? 'value' : value.name, value.name === '');
    this.names.set(value, name);
    this.taken.add(name);
  }

  private free(name: string, isInvented: boolean): string {
    if (!isInvented && !this.isTaken(name)) return name;
    let count = this.counts.get(name) ?? 0;
    let candidate: string;
    do candidate = `${name}_${++count}`;
    while (this.isTaken(candidate));
    this.counts.set(name, count);
    return candidate;
  }

  private isTaken(name: string): boolean {
    return this.taken.has(name) || this.outer?.isTaken(name) === true;
  }
}

function madeIn(graph: Graph): Set<Value> {
  const made = new Set<Value>([...graph.inputs, ...graph.constants.keys()]);
  for (const node of graph.nodes) for (const output of node.outputs) if (output !== undefined) made.add(output);
  return made;
}
