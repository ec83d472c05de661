/** Converts arrays to the type of an input. */
import { defineProblem, fail } from '../../diagnostics.js';
import { elementTypeOf } from '../../feed/input-type.js';
import { npyType } from '../../files/npy.js';
import { elementTypeFacts } from '../../ir/element-type.js';
import type { Value } from '../../ir/graph.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import type { Tensor } from '../../ir/tensor.js';

const elementOutOfRange = defineProblem(
  'US2003',
  { type: 'string', input: 'string', low: 'integer', high: 'integer', element: 'integer' },
  ({ type, input, low, high, element }) => ({
    message: `an element is outside ${type}`,
    value: input,
    expected: `${low} to ${high}`,
    actual: String(element),
  }),
);

/**
 * If NumPy does not have the input's type, converts arrays of the type that it is stored as. Other arrays are left for
 * the run to check.
 */
export function fitType(input: Value, tensor: Tensor): { readonly tensor: Tensor; readonly notes: readonly string[] } {
  const wanted = elementTypeOf(input);
  if (wanted === tensor.type || npyType(wanted) !== tensor.type) return { tensor, notes: [] };
  const { kind, bits } = elementTypeFacts(wanted);
  const values = numbersOf(tensor);
  if (kind !== 'float') {
    const [low, high] = kind === 'signed' ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
    const odd = values.find((value) => value < low || value > high);
    if (odd !== undefined) {
      fail(elementOutOfRange({ type: wanted, input: input.name, low, high, element: odd }));
    }
  }
  return {
    tensor: tensorFromNumbers(wanted, tensor.dims, values),
    notes: [`${tensor.type} is read as ${wanted}${kind === 'float' ? ', rounded' : ''}`],
  };
}
