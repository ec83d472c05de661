/** Parameters with one value for each channel. */
import { defineProblem } from '../../diagnostics.js';
import type { Dim } from '../../ir/dim.js';
import type { Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { shapeOfRank } from '../arguments.js';
import type { InferContext } from '../infer-context.js';

const parameterCount = defineProblem(
  'US1205',
  { parameter: 'string', per: 'string', expected: 'size', actual: 'size' },
  ({ parameter, per, expected, actual }) => ({
    message: `${parameter} has ${actual} values for ${expected} ${per} of X`,
    value: parameter,
    expected: String(expected),
    actual: String(actual),
    hint: 'the layer before makes another number of channels than these parameters were trained for',
  }),
);

/** Checks that input `i` is a vector of `channels` values. */
export function checkPerChannel(
  context: Pick<InferContext<unknown>, 'shape' | 'unify'>,
  i: number,
  name: string,
  channels: Dim,
  owner = 'channels',
): void {
  const shape = shapeOfRank(context, i, name, { min: 1, max: 1 });
  if (shape === undefined) return;
  agree(context, channels, shape[0]!, `sizes of ${name} and the ${owner} of X`, (sizes) =>
    parameterCount({ parameter: name, per: owner, ...sizes }),
  );
}

/** The vector reshaped to lie along axis 1 of `rank` axes, for broadcasting. */
export function alongChannels(parameter: Tensor, rank: number): Tensor {
  return parameter.reshape([parameter.size, ...new Array<number>(Math.max(0, rank - 2)).fill(1)]);
}
