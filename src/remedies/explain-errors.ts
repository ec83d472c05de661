/** What inference finds at given sizes, explained as a check explains it. */
import { type Diagnostic, ModelError } from '../diagnostics.js';
import { type Inference, type InferOptions, infer } from '../infer/infer.js';
import type { Graph } from '../ir/graph.js';
import { legalSizes } from '../solve/legal-sizes.js';
import { explain } from './explain.js';
import { questionOf, sizesBeside } from './question.js';

/**
 * The diagnostics of an inference, errors with the nearest legal sizes, where the sizes come from, and changes of the
 * model that would make them legal.
 *
 * @param options those of the inference
 */
export function explainedDiagnostics(
  graph: Graph,
  options: InferOptions,
  inference: Inference = infer(graph, options),
): readonly Diagnostic[] {
  if (!inference.diagnostics.some(isError)) return inference.diagnostics;
  const question = questionOf(graph, options);
  const sizes = question === undefined ? legalSizes(graph, inference) : sizesBeside(question, graph);
  return explain({ graph, options, inference, sizes, question });
}

/** The error that compiling a graph for certain sizes threw, explained if inference has found it. */
export function explainedError(error: unknown, graph: Graph, options: InferOptions): unknown {
  // What a signal has stopped is not inferred again.
  if (!(error instanceof ModelError) || error.diagnostics.some(({ code }) => code === 'US2008')) return error;
  const errors = explainedDiagnostics(graph, options).filter(isError);
  return errors.length === 0 ? error : new ModelError(errors, { cause: error });
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}
