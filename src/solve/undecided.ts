/** Sizes of inputs that inference cannot decide: after operators that are not known, and where data decides. */
import { type DiagnosticCode, nodeLabel } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Constraint } from '../ir/constraint.js';
import { symbolsOf } from '../ir/dim.js';
import type { Graph } from '../ir/graph.js';
import { symbolNames } from './eliminate.js';

/** Diagnostics after which sizes are not followed, and why. */
const causes = new Map<DiagnosticCode, string>([
  ['US1213', 'sizes are too complex to follow after'],
  ['US1217', 'data decides the rank at'],
  ['US1305', 'nothing is known of'],
]);

/**
 * The symbols of `names` whose legal sizes may be fewer than the constraints say, each with the first reason: those in
 * the inputs of a node that is not followed, and those that a size is compared with that only a run knows.
 */
export function undecidedSymbols(
  graph: Graph,
  { types, diagnostics }: Inference,
  undecided: readonly Constraint[],
  names: readonly string[],
): Map<string, string> {
  const reasons = new Map<string, string>();
  const asked = new Set(names);
  const note = (found: readonly string[], reason: string) => {
    for (const name of found) if (asked.has(name) && !reasons.has(name)) reasons.set(name, reason);
  };
  for (const { code, node: place } of diagnostics) {
    const cause = causes.get(code);
    const node = place && graph.nodes[place.index];
    if (cause === undefined || node === undefined || node.opType !== place?.opType) continue;
    const read = node.inputs.flatMap((input) => (input && types.get(input)?.shape) ?? []);
    const found = read.flatMap((dim) => [...symbolsOf(dim).keys()]);
    note(found.some((name) => asked.has(name)) ? found : names, `${cause} ${nodeLabel(node)}`);
  }
  for (const item of undecided) note(symbolNames(item), reasonOf(item));
  return reasons;
}

/** Why it stays open whether the model runs at sizes that are legal: two sizes that only a run knows have to fit. */
export function undecidedByData(undecided: readonly Constraint[], names: readonly string[]): string | undefined {
  const asked = new Set(names);
  const [first, ...others] = undecided.filter((item) => !symbolNames(item).some((name) => asked.has(name)));
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : `, and so do those of ${others.length} other requirements`;
  return `${reasonOf(first)}${more}`;
}

function reasonOf({ what, node }: Constraint): string {
  return `${what} at ${nodeLabel(node)} depend on data`;
}
