/**
 * Inputs that are one number: trip counts, depths, steps. The specification requires scalars; exporters also write [1].
 */
import { defineProblem, fail } from '../diagnostics.js';
import { numbersOf } from '../ir/numeric.js';
import type { Quantity } from '../ir/quantity.js';
import { formatShape, type Shape } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import { tensorAt } from './arguments.js';
import type { InferContext } from './infer-context.js';
import type { ReferenceContext } from './operator.js';

const notOneNumber = defineProblem('US1202', { input: 'string', shape: 'shape' }, ({ input, shape }) => ({
  message: `the input '${input}' is one number`,
  value: input,
  expected: 'a scalar or shape [1]',
  actual: formatShape(shape),
}));

function checkSingle(shape: Shape, name: string): void {
  if (shape.every((dim) => dim === 1 || typeof dim !== 'number')) return;
  fail(notOneNumber({ input: name, shape }));
}

/** The number; undefined if unknown. @throws ProblemError US1202 if the input does not have exactly one element */
export function knownScalar(
  context: Pick<InferContext<unknown>, 'shape' | 'known'>,
  i: number,
  name: string,
): Quantity | undefined {
  const shape = context.shape(i);
  if (shape !== undefined) checkSingle(shape, name);
  return context.known(i)?.elements[0];
}

/** The tensor of one element at input `i`. @throws ProblemError US1202 if it does not have exactly one element */
export function scalarTensorAt(context: Pick<ReferenceContext<unknown>, 'inputs'>, i: number, name: string): Tensor {
  const tensor = tensorAt(context, i);
  checkSingle(tensor.dims, name);
  return tensor;
}

/** The number at input `i`. @throws ProblemError US1202 if the input does not have exactly one element */
export function scalarAt(context: Pick<ReferenceContext<unknown>, 'inputs'>, i: number, name: string): number {
  return numbersOf(scalarTensorAt(context, i, name))[0]!;
}
