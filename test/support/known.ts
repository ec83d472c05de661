/** What inference says of one node: of its values when all inputs are constants, of its shapes when none is. */
import { ModelError } from '../../src/diagnostics.js';
import { infer } from '../../src/infer/infer.js';
import type { ElementType } from '../../src/ir/element-type.js';
import { constantsOf } from '../../src/ir/quantity.js';
import type { Shape } from '../../src/ir/shape.js';
import { GraphBuilder } from './graph.js';
import { type AttributeInput, graphOf, type OperatorCase } from './run-operator.js';

/** The elements of each output, where inference followed them to numbers. */
export function knownOutputs(test: OperatorCase): readonly (readonly number[] | undefined)[] {
  const graph = graphOf(test, new Set(test.inputs.keys()));
  const { known } = infer(graph);
  return graph.outputs.map((output) => {
    const value = known.get(output);
    return value && constantsOf(value);
  });
}

/** The inferred shapes of one node whose inputs have these types and nothing known of what they hold. */
export function inferShapes(
  op: string,
  inputs: readonly (readonly [ElementType, Shape | undefined])[],
  attributes: Readonly<Record<string, AttributeInput>> = {},
  outputs = 1,
): readonly (Shape | undefined)[] {
  const builder = new GraphBuilder();
  const values = inputs.map(([type, shape], i) => builder.input(`x${i}`, shape, type));
  const results = builder.addMany(op, values, outputs, attributes);
  const { types, diagnostics } = infer(builder.graph(...results));
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new ModelError(errors);
  return results.map((value) => types.get(value)?.shape);
}
