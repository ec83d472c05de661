/** Why kernels do not compute with the values of a node. */
import type { Node, Value } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import type { LoweringContext } from './context/context.js';

/** The first of the causes that there is: without sizes nothing is known of elements, and nothing is there to be of a type. */
export function unfitReason({ values }: LoweringContext, { inputs, outputs }: Node): string {
  const given = [...inputs, ...outputs].filter((value) => value !== undefined);
  if (given.some((value) => values.dims(value) === undefined)) return 'shapes that only running shows';
  // The data first: indices and sizes are read when the plan is made, and may be of other types.
  const data = [inputs[0], outputs[0], ...given].filter((value) => value !== undefined);
  const odd = data.find((value) => !values.isRepresentable(value)) ?? data.find((value) => !isFloat(value));
  if (given.some((value) => elementCount(values.dims(value) ?? []) === 0)) return 'a value without elements';
  return odd === undefined ? 'a rank that no kernel takes' : `values of ${values.elementType(odd) ?? 'no known type'}`;

  function isFloat(value: Value): boolean {
    return values.elementType(value) === 'float32';
  }
}
