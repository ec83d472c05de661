/**
 * Separates symbols that several inputs share, because exporters give sizes of recurrent states the names of the
 * frame's.
 */
import { type Dim, substitute, symbol, symbolsOf } from '../ir/dim.js';
import { declaredShape, type Graph } from '../ir/graph.js';
import type { Shape } from '../ir/shape.js';

export interface SymbolsApart {
  /** By name: shapes of the inputs that share symbols with an earlier input. */
  readonly inputShapes: ReadonlyMap<string, Shape>;
  /** The symbols that several inputs have. */
  readonly shared: ReadonlySet<string>;
}

/** Undefined if no two inputs share a symbol. */
export function symbolsApart({ inputs }: Pick<Graph, 'inputs'>): SymbolsApart | undefined {
  const seen = new Set<string>();
  const shared = new Set<string>();
  const inputShapes = new Map<string, Shape>();
  for (const input of inputs) {
    const shape = declaredShape(input) ?? [];
    const names = new Set(shape.flatMap((dim) => [...symbolsOf(dim).keys()]));
    const own = new Map<string, Dim>();
    for (const name of names) {
      if (!seen.has(name)) continue;
      shared.add(name);
      own.set(name, symbol(`${name} of ${input.name}`));
    }
    for (const name of names) seen.add(name);
    if (own.size > 0)
      inputShapes.set(
        input.name,
        shape.map((dim) => substitute(dim, own)),
      );
  }
  return shared.size === 0 ? undefined : { inputShapes, shared };
}
