/** A model's functions for writing: which functions each call needs. */
import { type Graph, subgraphsOf } from '../ir/graph.js';
import { type KeptFunction, keptOf } from './kept.js';

export class FunctionLibrary {
  private readonly functions: ReadonlyMap<string, KeptFunction>;
  private readonly reached = new Map<string, ReadonlySet<string>>();

  /** @param hasFiles whether the files with the functions' external tensors are still in their place */
  constructor(
    functions: readonly KeptFunction[],
    private readonly options: { readonly hasFiles: boolean },
  ) {
    this.functions = new Map(functions.map((item) => [item.key, item]));
  }

  /** Whether the function and all that it needs are present and can be written unchanged. */
  isWritable(key: string): boolean {
    return (
      this.functions.has(key) &&
      (this.options.hasFiles || [...this.from(key)].every((other) => !this.functions.get(other)!.hasExternalData))
    );
  }

  /**
   * The functions to write, in the order of the file: those that the calls need, and those that no call needed before.
   * @param calls keys of the functions that the written graph calls
   * @param before keys of the functions that the graph called when it was read
   */
  needed(calls: Iterable<string>, before: Iterable<string>): readonly KeptFunction[] {
    const needed = this.all(calls);
    const wereNeeded = this.all(before);
    return [...this.functions.values()].filter(
      ({ key }) => needed.has(key) || (!wereNeeded.has(key) && this.isWritable(key)),
    );
  }

  private all(keys: Iterable<string>): Set<string> {
    const all = new Set<string>();
    for (const key of keys) for (const other of this.from(key)) all.add(other);
    return all;
  }

  /** The function and all that it calls. */
  private from(key: string): ReadonlySet<string> {
    const known = this.reached.get(key);
    if (known !== undefined) return known;
    const reached = new Set<string>();
    const waiting = [key];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const item = this.functions.get(next);
      if (item === undefined || reached.has(next)) continue;
      reached.add(next);
      waiting.push(...item.operators);
    }
    this.reached.set(key, reached);
    return reached;
  }
}

/** Keys of the functions that the graph and those inside it called when it was read. */
export function callsIn(graph: Graph | undefined): Set<string> {
  const keys = new Set<string>();
  const visit = (item: Graph) => {
    for (const node of keptOf(item)?.statements ?? item.nodes) {
      const callee = keptOf(node)?.callee;
      if (callee !== undefined) keys.add(callee);
      for (const { graph: inner } of subgraphsOf(node)) visit(inner);
    }
  };
  if (graph !== undefined) visit(graph);
  return keys;
}
