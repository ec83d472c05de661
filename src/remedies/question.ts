/** The sizes given to a check, replaced by symbols, so that other sizes can be found that would be legal. */
import { type Inference, type InferOptions, infer } from '../infer/infer.js';
import { type Dim, type Sym, symbol, symbolsOf } from '../ir/dim.js';
import { declaredShape, type Graph, type Value } from '../ir/graph.js';
import type { Shape } from '../ir/shape.js';
import { type LegalSizes, legalSizes } from '../solve/legal-sizes.js';

export interface Question {
  /** The sizes in question, by symbol. */
  readonly sizes: ReadonlyMap<string, number>;
  /** The inference of the graph with these sizes open. */
  readonly open: Inference;
}

/**
 * Replaces the sizes in `bindings` by symbols, and those sizes of `inputShapes` that the file leaves open or declares
 * differently; the latter get names made of their input and axis. Undefined if all sizes are the file's own.
 */
export function questionOf(graph: Graph, options: InferOptions): Question | undefined {
  const { bindings = new Map(), inputShapes = new Map() } = options;
  const sizes = new Map<string, number>();
  for (const [name, size] of bindings) if (typeof size === 'number') sizes.set(name, size);
  const shapes = new Map<string, Shape>();
  for (const input of graph.inputs) {
    const shape = inputShapes.get(input.name);
    const declared = declaredShape(input);
    if (shape !== undefined) {
      shapes.set(
        input.name,
        shape.map((size: Dim, axis: number) => openSize(input, axis, declared?.[axis], size, sizes)),
      );
    }
  }
  if (sizes.size === 0) return undefined;
  const rest = new Map([...bindings].filter(([name]) => !sizes.has(name)));
  return { sizes, open: infer(graph, { bindings: rest, inputShapes: shapes, file: options.file }) };
}

/** The legal sizes of the symbols that are not in question. */
export function sizesBeside({ open, sizes }: Question, graph: Graph): LegalSizes {
  const all = legalSizes(graph, open);
  return { ...all, symbols: all.symbols.filter(({ name }) => !sizes.has(name)) };
}

function openSize(input: Value, axis: number, declared: Dim | undefined, size: Dim, sizes: Map<string, number>): Dim {
  if (typeof size !== 'number' || declared === size) return size;
  const own = declared === undefined || typeof declared === 'number' ? undefined : nameOf(declared);
  const name = own !== undefined && (sizes.get(own) ?? size) === size ? own : `${input.name}.${axis}`;
  sizes.set(name, size);
  return symbol(name);
}

/** The name of a dim that is a single symbol. */
function nameOf(dim: Sym): string | undefined {
  const [name] = symbolsOf(dim).keys();
  return name !== undefined && dim === symbol(name) ? name : undefined;
}
