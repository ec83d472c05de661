/**
 * Small sizes at which the window of a pooling overhangs its input: onnxruntime and unstride run them, other tools refuse them
 * or make nothing (US1716). They are no legal sizes, but they are told, as they run.
 */
import type { Inference } from '../infer/infer.js';
import type { Constraint } from '../ir/constraint.js';
import { symbolNames } from './eliminate.js';
import type { LegalSizes, SymbolSizes } from './legal-sizes.js';
import { list, type SizeSet } from './size-set.js';
import { solveSymbol } from './solve-symbol.js';

/**
 * The sizes, with those added to the texts at which windows overhang.
 * @param again the sizes that are legal if such windows count, which is asked only where windows alone rule sizes out
 */
export function tellOverhangs(sizes: LegalSizes, { constraints }: Inference, again: () => LegalSizes): LegalSizes {
  const alone = new Map<string, Constraint[]>();
  for (const item of constraints) {
    const [name, ...others] = symbolNames(item);
    if (name === undefined || others.length > 0) continue;
    const own = alone.get(name);
    if (own === undefined) alone.set(name, [item]);
    else own.push(item);
  }
  if (!sizes.symbols.some((item) => isBoundedByWindows(item, alone.get(item.name) ?? []))) return sizes;
  const counted = new Map(again().symbols.map(({ name, set }) => [name, set]));
  return { ...sizes, symbols: sizes.symbols.map((item) => told(item, counted.get(item.name))) };
}

/** @param own the constraints of this symbol alone */
function isBoundedByWindows({ name, set }: SymbolSizes, own: readonly Constraint[]): boolean {
  const others = own.filter((item) => !isOfWindows(item));
  if (set === undefined || set.isEmpty || others.length === own.length) return false;
  return solveSymbol(name, others).set.next(1) !== set.next(1);
}

function isOfWindows({ kind, node }: Constraint): boolean {
  return kind === 'at-least' && node.opType.endsWith('Pool');
}

function told(item: SymbolSizes, counted: SizeSet | undefined): SymbolSizes {
  const { set } = item;
  const first = set?.next(1);
  if (counted === undefined || first === undefined || item.undecided !== undefined) return item;
  const more = Array.from({ length: first - 1 }, (_, i) => i + 1).filter((size) => counted.has(size));
  if (more.length === 0) return item;
  return { ...item, text: `${item.text}; ${list(more, 'and')} only where windows may overhang (US1716)` };
}
