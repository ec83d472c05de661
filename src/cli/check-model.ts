import type { Diagnostic } from '../diagnostics.js';
import { type Inference, infer } from '../infer.js';
import type { Bindings } from '../ir/dim.js';
import type { Model } from '../ir/graph.js';
import type { Shape } from '../ir/shape.js';
import { runRules } from '../rules/index.js';
import { type LegalSizes, legalSizes } from '../solve/legal-sizes.js';
export interface CheckedModel {
  readonly file: string | undefined;
  readonly model: Model;
  readonly inference: Inference;
  readonly sizes: LegalSizes;
  readonly diagnostics: readonly Diagnostic[];
}
export function checkModel(
  model: Model,
  options: {
    bindings?: Bindings;
    inputShapes?: ReadonlyMap<string, Shape>;
    file?: string | undefined;
    readDiagnostics?: readonly Diagnostic[];
  },
): CheckedModel {
  const inference = infer(model.graph, options);
  const sizes = legalSizes(model.graph, inference);
  return {
    file: options.file,
    model,
    inference,
    sizes,
    diagnostics: [
      ...(options.readDiagnostics ?? []),
      ...inference.diagnostics,
      ...runRules({ model, inference, file: options.file, readDiagnostics: options.readDiagnostics }),
    ],
  };
}
