/** An operator's reference met by inputs that inference knew nothing of. */
import { ProblemError } from '../../src/diagnostics.js';
import { noGraphs } from '../../src/ops/operator.js';
import { RandomSource } from '../../src/ops/random-source.js';
import { findOperator } from '../../src/ops/registry.js';
import { graphOf, type OperatorCase } from './run-operator.js';

/** What the reference alone refuses inputs with, as when inference could not tell their shapes; undefined when it takes them. */
export function referenceCode(test: OperatorCase): string | undefined {
  const [node] = graphOf(test).nodes;
  const bound = findOperator(node!)!.bind(node!);
  try {
    bound.reference({
      inputs: test.inputs,
      outputCount: node!.outputs.length,
      random: new RandomSource(0),
      runGraph: noGraphs,
    });
    return undefined;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
}
