/** The sizes that a check is told, as symbols: with them open it can be seen which others would do. */
import { type Bindings, type Dim, type Sym, symbol, symbolsOf } from '../ir/dim.js';
import { declaredShape, type Graph, type Value } from '../ir/graph.js';
import type { Shape } from '../ir/shape.js';

export interface SizesInQuestion {
  /** Shapes of the inputs with the sizes in question open. */
  readonly inputShapes: ReadonlyMap<string, Shape>;
  /** What each is, by symbol. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Sizes that `bindings` give, and those of `inputShapes` that the file leaves open or says otherwise. The latter are
 * called after their input and axis.
 */
export function sizesInQuestion(
  graph: Graph,
  bindings: Bindings = new Map(),
  given: ReadonlyMap<string, Shape> = new Map(),
): SizesInQuestion {
  const sizes = new Map<string, number>();
  for (const [name, size] of bindings) if (typeof size === 'number') sizes.set(name, size);
  const inputShapes = new Map<string, Shape>();
  for (const input of graph.inputs) {
    const shape = given.get(input.name);
    if (shape === undefined) continue;
    const declared = declaredShape(input);
    inputShapes.set(
      input.name,
      shape.map((size, axis) => openSize(input, axis, declared?.[axis], size, sizes)),
    );
  }
  return { inputShapes, sizes };
}

function openSize(input: Value, axis: number, declared: Dim | undefined, size: Dim, sizes: Map<string, number>): Dim {
  if (typeof size !== 'number' || declared === size) return size;
  const own = declared === undefined || typeof declared === 'number' ? undefined : nameOf(declared);
  const name = own !== undefined && (sizes.get(own) ?? size) === size ? own : `${input.name}.${axis}`;
  sizes.set(name, size);
  return symbol(name);
}

/** The name of a dim that is a symbol and nothing else. */
function nameOf(dim: Sym): string | undefined {
  const [name] = symbolsOf(dim).keys();
  return name !== undefined && dim === symbol(name) ? name : undefined;
}
