/** Scales and zero points that are one number, or one for each output channel. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { shapeOfRank } from '../arguments.js';
import type { InferContext } from '../infer-context.js';

const quantizationCount = defineProblem(
  'US1205',
  { parameter: 'string', values: 'integer', counts: 'integers' },
  ({ parameter, values, counts }) => ({
    message: `${parameter} has ${values} values`,
    value: parameter,
    expected: counts.join(' or '),
    actual: String(values),
  }),
);

/** Checks the number of values of a parameter, which may be known only at run time. */
export function requireCount(tensor: Tensor, counts: readonly number[], name: string): Tensor {
  if (!counts.includes(tensor.size)) {
    fail(quantizationCount({ parameter: name, values: tensor.size, counts }));
  }
  return tensor;
}

const quantizationChannels = defineProblem(
  'US1205',
  { parameter: 'string', expected: 'size', actual: 'size' },
  ({ parameter, expected, actual }) => ({
    message: `${parameter} has ${actual} values for ${expected} output channels`,
    value: parameter,
    expected: String(expected),
    actual: String(actual),
  }),
);

/** Checks that input `i` is a single value, or with `w` a vector with one for each output channel. */
export function checkParameter(
  context: Pick<InferContext<unknown>, 'shape' | 'unify'>,
  i: number,
  name: string,
  wIndex?: number,
): void {
  const shape = shapeOfRank(context, i, name, { max: 1 });
  const channels = wIndex === undefined ? 1 : context.shape(wIndex)?.[0];
  if (shape === undefined || shape.length === 0 || shape[0] === 1 || channels === undefined) return;
  agree(context, channels, shape[0]!, `sizes of ${name} and the output channels`, (sizes) =>
    quantizationChannels({ parameter: name, ...sizes }),
  );
}

/** Checks that the inputs at `places` are one number each. */
export function checkParameters(
  context: Pick<InferContext<unknown>, 'shape' | 'unify'>,
  inputs: readonly { readonly name: string }[],
  places: readonly number[],
): void {
  for (const i of places) checkParameter(context, i, inputs[i]!.name);
}
