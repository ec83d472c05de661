/** The stages of a check: from a model to everything that is wrong with it, and for which sizes it is right. */
import { type Diagnostic, defineProblem, diagnostic, type Problem } from './diagnostics.js';
import { type Inference, type InferOptions, infer } from './infer/infer.js';
import type { Graph, Model } from './ir/graph.js';
import { explain } from './remedies/explain.js';
import { type Question, questionOf } from './remedies/question.js';
import { runRules } from './rules/index.js';
import { type LegalSizes, legalSizes } from './solve/legal-sizes.js';

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
  const sizes = question === undefined ? legalSizes(graph, inference) : sizesBeside(question, graph);
  const open = hasError(inference) ? [] : undecidedSizes(sizes).map((problem) => diagnostic(problem, { file }));
  const found = explain({ graph, options, inference, sizes, question });
  const rules = runRules({ model, inference, file, readDiagnostics });
  return { file, model, inference, sizes, diagnostics: [...readDiagnostics, ...found, ...open, ...rules] };
}

const sizesUndecided = defineProblem('US1218', { symbols: 'strings', reason: 'string' }, ({ symbols, reason }) => ({
  message: `which sizes of ${symbols.join(', ')} are legal is not decided: ${reason}`,
  hint: 'sizes that are given with --dim are checked as far as they can be',
}));

/** Symbols with the same reason are reported together. */
function undecidedSizes({ symbols }: LegalSizes): Problem[] {
  const names = new Map<string, string[]>();
  for (const { name, undecided } of symbols)
    if (undecided !== undefined) names.set(undecided, [...(names.get(undecided) ?? []), name]);
  return [...names].map(([reason, group]) => sizesUndecided({ symbols: group, reason }));
}

function hasError({ diagnostics }: Inference): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** Of the symbols that are not in question. */
function sizesBeside({ open, sizes }: Question, graph: Graph): LegalSizes {
  const all = legalSizes(graph, open);
  return { ...all, symbols: all.symbols.filter(({ name }) => !sizes.has(name)) };
}
