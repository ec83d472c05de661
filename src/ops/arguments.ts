/** What shape rules and references require of their inputs: ranks, axes, presence. */

import { defineProblem, fail } from '../diagnostics.js';
import { formatShape, type Shape } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import type { InferContext } from './infer-context.js';
import type { ReferenceContext } from './operator.js';
import { finite, rangeText } from './problems.js';

const axisOutOfRange = defineProblem(
  'US1208',
  { what: 'string', axis: 'integer', rank: 'integer' },
  ({ what, axis, rank }) => ({
    message: `${what} ${axis} is outside a tensor of rank ${rank}`,
    expected: `${-rank} to ${rank - 1}`,
    actual: String(axis),
  }),
);

/** The axis counted from the front; an axis outside [−rank, rank) is an error. */
export function normalizeAxis(axis: number, rank: number, what = 'axis'): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    fail(axisOutOfRange({ what, axis, rank }));
  }
  return axis < 0 ? axis + rank : axis;
}

const wrongRank = defineProblem(
  'US1201',
  { input: 'string', minimum: 'integer', maximum: 'integer?', shape: 'shape' },
  ({ input, minimum, maximum, shape }) => ({
    message: `${input} has the wrong rank`,
    value: input,
    expected: maximum === undefined ? `rank ${minimum} or more` : `rank ${rangeText(minimum, maximum)}`,
    actual: `rank ${shape.length}, ${formatShape(shape)}`,
  }),
);

/** The shape of input `i` if its rank is known; a rank other than `ranks` is an error. */
export function shapeOfRank(
  context: Pick<InferContext<unknown>, 'shape'>,
  i: number,
  name: string,
  ranks: { readonly min?: number; readonly max?: number },
): Shape | undefined {
  const shape = context.shape(i);
  if (shape === undefined) return undefined;
  const { min = 0, max = Number.POSITIVE_INFINITY } = ranks;
  if (shape.length < min || shape.length > max) {
    fail(wrongRank({ input: name, minimum: min, maximum: finite(max), shape }));
  }
  return shape;
}

const inputAbsent = defineProblem('US1306', { input: 'integer' }, ({ input }) => ({
  message: `input ${input} is missing`,
}));

/** Input `i` of a reference; the shape rule or the signature guarantees that it exists. */
export function tensorAt(context: Pick<ReferenceContext<unknown>, 'inputs'>, i: number): Tensor {
  const tensor = context.inputs[i];
  if (tensor === undefined) fail(inputAbsent({ input: i }));
  return tensor;
}

/**
 * `tensorAt`, with a check of the rank, which may be known only at run time. @throws ProblemError US1201 for another
 * rank
 */
export function tensorOfRank(
  context: Pick<ReferenceContext<unknown>, 'inputs'>,
  i: number,
  name: string,
  ranks: { readonly min?: number; readonly max?: number },
): Tensor {
  const tensor = tensorAt(context, i);
  shapeOfRank({ shape: () => tensor.dims }, i, name, ranks);
  return tensor;
}
