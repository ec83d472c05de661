/** What inference knows of the outputs of one node whose inputs are all constants. */
import { infer } from '../../src/infer.js';
import { constantsOf } from '../../src/ir/quantity.js';
import { graphOf, type OperatorCase } from './run-operator.js';

/** The elements of each output, where inference followed them to numbers. */
export function knownOutputs(test: OperatorCase): readonly (readonly number[] | undefined)[] {
  const graph = graphOf(test, new Set(test.inputs.keys()));
  const { known } = infer(graph);
  return graph.outputs.map((output) => {
    const value = known.get(output);
    return value && constantsOf(value);
  });
}
