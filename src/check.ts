/** The stages of a check: from a model to everything that is wrong with it, and for which sizes it is right. */
import type { Diagnostic } from './diagnostics.js';
import { type Inference, type InferOptions, infer } from './infer.js';
import type { Model } from './ir/graph.js';
import { explain } from './remedies/explain.js';
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
  const { file, readDiagnostics = [] } = options;
  const inference = infer(model.graph, options);
  const sizes = legalSizes(model.graph, inference);
  const found = explain({ graph: model.graph, options, inference, sizes });
  const rules = runRules({ model, inference, file, readDiagnostics });
  return { file, model, inference, sizes, diagnostics: [...readDiagnostics, ...found, ...rules] };
}
