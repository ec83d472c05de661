/** Definition of operators that keep elements and their order: Reshape, Flatten, Squeeze, Unsqueeze, Identity. */
import { defineProblem, type Problem, ProblemError } from '../../diagnostics.js';
import { elementCountOf } from '../../ir/element-count-of.js';
import { symbolicTensor } from '../../ir/quantity.js';
import { TensorSequence } from '../../ir/sequence.js';
import { formatShape, isConcrete, type Shape, type TensorType, tensorType } from '../../ir/shape.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import type { AttributeSpecs, AttributeValues } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator, type OperatorSchema, type ReferenceContext } from '../operator.js';
import type { Formals } from '../signature.js';

interface Reshaping<S extends AttributeSpecs, N extends string, I extends Formals, O extends Formals>
  extends OperatorSchema<S, N, I, O> {
  /** The shape of the result; undefined if unknown. */
  shape(context: InferContext<AttributeValues<S>>): Shape | undefined;
  dims(context: ReferenceContext<AttributeValues<S>>, dims: readonly number[]): readonly number[];
}

/** An operator that only gives its first input another shape. */
export function defineReshaping<
  const S extends AttributeSpecs,
  const N extends string,
  const I extends Formals,
  const O extends Formals,
>({ shape, dims, ...schema }: Reshaping<S, N, I, O>): Operator<S, N, I, O> {
  return defineOperator<S, N, I, O>({
    ...schema,
    infer: (context) => [passedOn(context) ?? tensorType(context.elementType(0), shape(context))],
    symbolic: (context) => {
      const data = context.partlyKnown(0);
      // Run only if all sizes are numbers, because the rule must not record a constraint twice.
      const target = data && shape(context);
      if (data === undefined || target === undefined || !isConcrete(target)) return undefined;
      // Already reported; [] keeps the reference from failing as well.
      if (elementCount(target) !== data.elements.length) return [];
      return [symbolicTensor(data.type, target, data.elements)];
    },
    reference: (context) => {
      const data = tensorAt(context, 0);
      if (data instanceof TensorSequence) return [data];
      return [reshape(data, dims(context, data.dims))];
    },
  });
}

/** A sequence, of those operators that take one: Identity. */
function passedOn({ inputs: [data] }: Pick<InferContext<unknown>, 'inputs'>): TensorType | undefined {
  return data?.sequence === undefined ? undefined : data;
}

function reshape(tensor: Tensor, dims: readonly number[]): Tensor {
  if (elementCount(dims) !== tensor.size) failCount(tensor.dims, dims);
  return tensor.reshape(dims);
}

/** @throws ProblemError US1206 */
export function failCount(from: Shape, to: Shape, hint?: string): never {
  throw new ProblemError(countProblem(from, to, hint));
}

const elementsChange = defineProblem(
  'US1206',
  { from: 'shape', to: 'shape', expected: 'size', actual: 'size?', hint: 'string?' },
  ({ from, to, expected, actual, hint }) => ({
    message: `${formatShape(from)} cannot become ${formatShape(to)}`,
    expected: `${expected} elements`,
    actual: actual === undefined ? formatShape(to) : String(actual),
    hint,
  }),
);

export function countProblem(from: Shape, to: Shape, hint?: string): Problem {
  const actual = to.includes(-1) ? undefined : elementCountOf(to);
  return elementsChange({ from, to, expected: elementCountOf(from), actual, hint });
}
