/** The stages of a check: from a model to everything that is wrong with it, and for which sizes it is right. */
import { type Diagnostic, defineProblem, diagnostic, type Problem } from './diagnostics.js';
import { declaredForSomeSizes } from './infer/declared.js';
import { type Inference, type InferOptions, infer } from './infer/infer.js';
import type { Graph, Model } from './ir/graph.js';
import { explain } from './remedies/explain.js';
import { questionOf, sizesBeside } from './remedies/question.js';
import { runRules } from './rules/index.js';
import { type LegalSizes, legalSizes } from './solve/legal-sizes.js';
import { tellOverhangs } from './solve/overhang.js';

export interface CheckOptions extends InferOptions {
  /** What reading the model found. */
  readonly readDiagnostics?: readonly Diagnostic[] | undefined;
}

export interface CheckedModel {
  readonly file: string | undefined;
  readonly model: Model;
  /** At the sizes that are given; what is not given stays open. */
  readonly inference: Inference;
  /** Of the sizes that are open. */
  readonly sizes: LegalSizes;
  readonly diagnostics: readonly Diagnostic[];
}

export function checkModel(model: Model, options: CheckOptions = {}): CheckedModel {
  const { graph } = model;
  const { file, readDiagnostics = [] } = options;
  const inference = infer(graph, options);
  // Sizes that fail are opened again: what the open ones must be, and which would do, is seen only so.
  const question = hasError(inference) ? questionOf(graph, options) : undefined;
  const sizes = question === undefined ? toldSizes(graph, inference, options) : sizesBeside(question, graph);
  const open = hasError(inference) ? [] : undecidedSizes(sizes).map((problem) => diagnostic(problem, { file }));
  const stale = hasError(inference) ? [] : staleDeclarations(graph, inference, sizes);
  const found = explain({ graph, options, inference, sizes, question });
  const rules = runRules({ model, inference, file, readDiagnostics, signal: options.signal });
  return {
    file,
    model,
    inference,
    sizes,
    diagnostics: [
      ...readDiagnostics,
      ...found,
      ...open,
      ...stale.map((problem) => diagnostic(problem, { file })),
      ...rules,
    ],
  };
}

/** The legal sizes, and in their texts those that only some tools run. */
export function toldSizes(graph: Graph, inference: Inference, options: InferOptions = {}): LegalSizes {
  const { signal } = options;
  const sizes = legalSizes(graph, inference, signal);
  if (hasError(inference)) return sizes;
  return tellOverhangs(sizes, inference, () =>
    legalSizes(graph, infer(graph, { ...options, countsOverhangs: true }), signal),
  );
}

const sizesUndecided = defineProblem('US1218', { symbols: 'strings', reason: 'string' }, ({ symbols, reason }) => ({
  message:
    symbols.length === 0
      ? `whether the model runs at all legal sizes is not decided: ${reason}`
      : `which sizes of ${symbols.join(', ')} are legal is not decided: ${reason}`,
  hint: 'sizes that are given with --dim are checked as far as they can be',
}));

/** Symbols with the same reason are reported together. */
function undecidedSizes({ symbols, undecidedByData }: LegalSizes): Problem[] {
  const names = new Map<string, string[]>();
  for (const { name, undecided } of symbols) {
    if (undecided === undefined) continue;
    const group = names.get(undecided);
    if (group === undefined) names.set(undecided, [name]);
    else group.push(name);
  }
  const found = [...names].map(([reason, group]) => sizesUndecided({ symbols: group, reason }));
  return undecidedByData === undefined ? found : [...found, sizesUndecided({ symbols: [], reason: undecidedByData })];
}

/** Outputs that are declared with numbers although other sizes are legal too. */
function staleDeclarations({ outputs }: Graph, { types, diagnostics }: Inference, { symbols }: LegalSizes): Problem[] {
  const reported = new Set(diagnostics.filter(({ code }) => code === 'US1214').map(({ value }) => value));
  const examples = [0, 1].map((place) => new Map(symbols.flatMap((item) => exampleOf(item, place))));
  return outputs.flatMap((output) => {
    const type = types.get(output);
    if (type === undefined || reported.has(output.name)) return [];
    return declaredForSomeSizes(output, type, examples) ?? [];
  });
}

/** The first or the second legal size, if there are two, of a symbol that depends on no other. */
function exampleOf({ name, set }: LegalSizes['symbols'][number], place: number): (readonly [string, number])[] {
  const first = set?.next(1);
  const second = first === undefined ? undefined : set?.next(first + 1);
  if (first === undefined || second === undefined) return [];
  return [[name, place === 0 ? first : second]];
}

function hasError({ diagnostics }: Inference): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}
