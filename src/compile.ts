/** The stages from a model to something that runs. Read this page first. */
import { type Diagnostic, ModelError } from './diagnostics.js';
import { type Inference, type InferOptions, infer } from './infer.js';
import type { Graph, Model } from './ir/graph.js';
import { foldConstants } from './passes/fold-constants.js';
import type { Pass } from './passes/pass.js';
import { removeDead } from './passes/remove-dead.js';
import { type Plan, planExecution } from './plan/plan.js';

/** Rewrites, in order. Each keeps the graph's results and its inputs and outputs. */
export const passes: readonly Pass[] = [foldConstants, removeDead];

export interface CompiledModel {
  readonly model: Model;
  /** The graph after all passes. */
  readonly graph: Graph;
  /** What is known of the model's graph as it was read. */
  readonly inference: Inference;
  readonly plan: Plan;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Infers, rewrites and plans. Sizes are those that `options` binds; what stays symbolic is planned all the same.
 * Throws ModelError when inference finds errors.
 */
export function compile(model: Model, options: InferOptions = {}): CompiledModel {
  const inference = infer(model.graph, options);
  const errors = inference.diagnostics.filter((item) => item.severity === 'error');
  if (errors.length > 0) throw new ModelError(errors);

  let graph = model.graph;
  for (const pass of passes) ({ graph } = pass.run(graph, inference));

  return { model, graph, inference, plan: planExecution(graph), diagnostics: inference.diagnostics };
}
