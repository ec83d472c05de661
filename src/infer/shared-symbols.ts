/**
 * Separates symbols that several inputs share, because exporters give sizes of recurrent states the names of the
 * frame's.
 */
import { type Dim, substitute, symbol, symbolsOf } from '../ir/dim.js';
import { declaredShape, type Graph } from '../ir/graph.js';
import type { Shape } from '../ir/shape.js';

export interface SymbolsApart {
  /** The symbols that several inputs have. */
  readonly shared: ReadonlySet<string>;
  /** By name: shapes of the inputs that share symbols with an earlier input, each with symbols of its own. */
  inputShapes(): ReadonlyMap<string, Shape>;
}

/** Undefined if no two inputs share a symbol. */
export function symbolsApart({ inputs }: Pick<Graph, 'inputs'>): SymbolsApart | undefined {
  const seen = new Set<string>();
  const shared = new Set<string>();
  const later: { readonly name: string; readonly shape: Shape; readonly names: readonly string[] }[] = [];
  for (const { name, shape, symbols } of inputs.map(symbolsOfInput)) {
    const names = symbols.filter((item) => seen.has(item));
    for (const item of names) shared.add(item);
    for (const item of symbols) seen.add(item);
    if (names.length > 0) later.push({ name, shape, names });
  }
  if (shared.size === 0) return undefined;
  return {
    shared,
    inputShapes: () =>
      new Map(
        later.map(({ name, shape, names }) => {
          const own = new Map<string, Dim>(names.map((item) => [item, symbol(`${item} of ${name}`)]));
          return [name, shape.map((dim) => substitute(dim, own))];
        }),
      ),
  };
}

function symbolsOfInput(input: Graph['inputs'][number]) {
  const shape = declaredShape(input) ?? [];
  return { name: input.name, shape, symbols: [...symbolsOf(...shape).keys()] };
}
