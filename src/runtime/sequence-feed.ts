/** Lists of tensors, which are fed for inputs that are sequences. */
import { defineProblem, fail } from '../diagnostics.js';
import type { Value } from '../ir/graph.js';
import { OptionalTensor, TensorSequence } from '../ir/sequence.js';
import { innermostElement } from '../ir/shape.js';
import type { Tensor } from '../ir/tensor.js';
import { denseTensor } from './tensor/dense.js';

/**
 * The tensors as a sequence.
 * @throws ProblemError US2003 for an item that is no tensor, or of another type than those before it
 */
export function sequenceFed(items: readonly unknown[], name: string): TensorSequence {
  const tensors = items.map((item, i) => denseTensor(item, `${name}[${i}]`));
  const { type } = tensors[0] ?? { type: 'float32' };
  const odd = tensors.find((tensor) => tensor.type !== type);
  if (odd !== undefined) fail(sequenceMixed({ input: name, first: type, other: odd.type }));
  return new TensorSequence(type, tensors);
}

const sequenceMixed = defineProblem(
  'US2003',
  { input: 'string', first: 'string', other: 'string' },
  ({ input, first, other }) => ({
    message: `the tensors for the sequence '${input}' have several element types`,
    value: input,
    expected: first,
    actual: other,
  }),
);

/** What is fed for an optional without an element. */
export const noElement = new OptionalTensor('float32', undefined);

/** An empty list has the element type that the input declares; for an optional, what it holds is fed. */
export function asDeclared(input: Value, tensor: Tensor): Tensor {
  const { declared } = input;
  const optional = declared?.kind === 'other' ? declared.optional : undefined;
  if (optional !== undefined) {
    const element = tensor instanceof OptionalTensor ? tensor.element : tensor;
    return new OptionalTensor(innermostElement(optional) ?? tensor.type, element);
  }
  const type = declared?.kind === 'other' ? declared.sequence?.elementType : undefined;
  const isEmpty = tensor instanceof TensorSequence && tensor.tensors.length === 0;
  return isEmpty && type !== undefined ? new TensorSequence(type, []) : tensor;
}
