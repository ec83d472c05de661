/**
 * Names for values. A graph distinguishes values as objects, a file by name, and a name must not stand for two values
 * that are visible in one place (IR.md, "Names Within a Graph").
 */
import { capturedValues, type Graph, type Value } from '../ir/graph.js';

export interface NamesOptions {
  readonly outer?: Names | undefined;
  /**
   * Whether the graph's nodes are as they were read. Then its names may shadow outer ones that it does not read. New
   * names must not, since IR.md does not allow shadowing.
   */
  readonly mayHide: boolean;
}

/** The names of one graph's values, over those of the graph around it. */
export class Names {
  /** The graph's own values: inputs, constants and outputs of its nodes. */
  readonly made: ReadonlySet<Value>;
  private readonly names = new Map<Value, string>();
  private readonly taken = new Set<string>();
  private readonly counts = new Map<string, number>();
  private readonly outer: Names | undefined;
  private readonly mayHide: boolean;

  /** Values keep their names if possible; names of inputs and outputs take precedence. */
  constructor(graph: Graph, { outer, mayHide }: NamesOptions) {
    this.outer = outer;
    this.mayHide = mayHide;
    if (mayHide && outer !== undefined) for (const value of capturedValues(graph)) this.taken.add(outer.of(value));
    this.made = madeIn(graph);
    for (const value of graph.inputs) this.add(value);
    for (const value of graph.outputs) if (this.made.has(value)) this.add(value);
    for (const value of this.made) this.add(value);
  }

  /** The name to write for the value; its own name if no graph produces it. */
  of(value: Value): string {
    return this.names.get(value) ?? this.outer?.of(value) ?? value.name;
  }

  /** Whether this graph or one around it makes the value. */
  has(value: Value): boolean {
    return this.names.has(value) || this.outer?.has(value) === true;
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
    return this.taken.has(name) || (!this.mayHide && this.outer?.isTaken(name) === true);
  }
}

function madeIn(graph: Graph): Set<Value> {
  const made = new Set<Value>([...graph.inputs, ...graph.constants.keys()]);
  for (const node of graph.nodes) for (const output of node.outputs) if (output !== undefined) made.add(output);
  return made;
}
