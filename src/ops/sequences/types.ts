/** Types of sequences: what their tensors have in common, and positions in them. */
import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, symbolsOf } from '../../ir/dim.js';
import { mostItems, OptionalTensor, TensorSequence } from '../../ir/sequence.js';
import { type SequenceType, type Shape, sequenceOf, type TensorType, tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { joinElementTypes } from '../control/subgraph.js';
import type { InferContext } from '../infer-context.js';
import type { ReferenceContext } from '../operator.js';
import { knownScalar, scalarAt } from '../scalar-input.js';

const unknown = tensorType(undefined, undefined);

/** The type of the sequence at input `i`; one of which nothing is known if its type is not. */
export function sequenceTypeAt(context: Pick<InferContext<unknown>, 'inputs'>, i: number): SequenceType {
  return context.inputs[i]?.sequence ?? { element: unknown, length: undefined };
}

const notSequence = defineProblem('US1210', { input: 'integer' }, ({ input }) => ({
  message: `input ${input} is a tensor, where a sequence is taken`,
  expected: 'a sequence of tensors',
  actual: 'a tensor',
}));

export function sequenceAt(context: Pick<ReferenceContext<unknown>, 'inputs'>, i: number): TensorSequence {
  const tensor = tensorAt(context, i);
  if (!(tensor instanceof TensorSequence) || tensor instanceof OptionalTensor) fail(notSequence({ input: i }));
  return tensor;
}

/** The type of a sequence of these tensors, which are followed one by one while they are few. */
export function sequenceOfItems(
  context: Pick<InferContext<unknown>, 'fresh'>,
  items: readonly TensorType[],
  elementType = items[0]?.elementType,
): SequenceType {
  const element = items.length === 0 ? tensorType(elementType, undefined) : commonType(context, items);
  return { element, items: items.length <= mostItems ? items : undefined, length: items.length };
}

/** What tensors of a sequence have in common: a size that differs is a fresh one. */
export function commonType(context: Pick<InferContext<unknown>, 'fresh'>, types: readonly TensorType[]): TensorType {
  return types.reduce((a, b) =>
    tensorType(
      joinElementTypes(a, b, 'tensors of one sequence'),
      commonShape(a.shape, b.shape, () => context.fresh('the tensors of the sequence differ in size')),
    ),
  );
}

/** The type of one tensor of the sequence: a size that only stands for those of all is one of its own. */
export function oneOf(context: Pick<InferContext<unknown>, 'fresh'>, { element }: SequenceType): TensorType {
  const { elementType, shape, sequence } = element;
  if (sequence !== undefined) return element;
  const own = (dim: Dim) => (isMadeUp(dim) ? context.fresh('tensors of a sequence have sizes of their own') : dim);
  return tensorType(elementType, shape?.map(own));
}

/** Whether nothing but inference knows the size. */
function isMadeUp(dim: Dim): boolean {
  return [...symbolsOf(dim).values()].some(({ reason }) => reason !== undefined);
}

function commonShape(a: Shape | undefined, b: Shape | undefined, fresh: () => Shape[number]): Shape | undefined {
  if (a === undefined || b === undefined || a.length !== b.length) return undefined;
  return a.every((dim, axis) => dim === b[axis]) ? a : a.map((dim, axis) => (dim === b[axis] ? dim : fresh()));
}

/** What both sequences have in common; the shapes of their tensors are joined by `join`. */
export function joinSequences(
  a: SequenceType,
  b: SequenceType,
  join: (a: Shape | undefined, b: Shape | undefined) => Shape | undefined,
): SequenceType {
  if (a.isOptional !== b.isOptional) return joinPresent(a, b, join);
  const element = joinElements(a, b, join);
  const items = hasSameItems(a, b) ? a.items : undefined;
  const length = a.length === b.length ? a.length : undefined;
  if (element === a.element && items === a.items && length === a.length) return a;
  return { element, items, length, isOptional: a.isOptional };
}

/** An optional, of which the other one is what it holds: it may be there. */
function joinPresent(a: SequenceType, b: SequenceType, join: Parameters<typeof joinSequences>[2]): SequenceType {
  const [optional, held] = a.isOptional ? [a, b] : [b, a];
  const present: SequenceType = { element: sequenceOf(held), length: 1, isOptional: true };
  return joinSequences(optional, present, join);
}

/** Of an optional the element may be a sequence. The same object if it is the first one's. */
function joinElements(a: SequenceType, b: SequenceType, join: Parameters<typeof joinSequences>[2]): TensorType {
  const [left, right] = [a.element, b.element];
  if (left.sequence !== undefined && right.sequence !== undefined) {
    const joined = joinSequences(left.sequence, right.sequence, join);
    return joined === left.sequence ? left : sequenceOf(joined);
  }
  // An empty one says nothing of what it would hold.
  if (left.sequence !== undefined || right.sequence !== undefined) return isEmpty(a) ? right : left;
  const elementType = joinElementTypes(left, right, 'sequences that become one');
  const shape = isEmpty(a) ? right.shape : isEmpty(b) ? left.shape : join(left.shape, right.shape);
  return elementType === left.elementType && shape === left.shape ? left : tensorType(elementType, shape);
}

function isEmpty({ length }: SequenceType): boolean {
  return length === 0;
}

function hasSameItems({ items: a }: SequenceType, { items: b }: SequenceType): boolean {
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  return a.every((item, i) => {
    const other = b[i]!;
    if (item.elementType !== other.elementType || item.shape?.length !== other.shape?.length) return false;
    return item.shape?.every((dim, axis) => dim === other.shape![axis]) ?? true;
  });
}

const positionOutside = defineProblem(
  'US1211',
  { position: 'integer', length: 'integer', last: 'integer' },
  ({ position, length, last }) => ({
    message: `position ${position} is outside a sequence of ${length} ${length === 1 ? 'tensor' : 'tensors'}`,
    value: 'position',
    expected: last < 0 ? 'a sequence that is not empty' : `${-length} to ${last}`,
    actual: String(position),
  }),
);

/**
 * The position counted from the front.
 *
 * @param last the last position that there is
 * @throws ProblemError US1211 if it is outside
 */
export function positionIn(position: number, length: number, last: number): number {
  if (!Number.isInteger(position) || position < -length || position > last) {
    fail(positionOutside({ position, length, last }));
  }
  return position < 0 ? position + length : position;
}

/**
 * The position that input `i` gives, or the last where it is absent; undefined if it or the length is not known.
 *
 * @param last the last position, from the length on: −1, or 0 for one after the last tensor
 */
export function knownPosition(
  context: Pick<InferContext<unknown>, 'inputs' | 'shape' | 'known'>,
  i: number,
  { length }: SequenceType,
  last: number,
): number | undefined {
  const isGiven = context.inputs[i] !== undefined;
  const position = isGiven ? knownScalar(context, i, 'position') : undefined;
  if (typeof length !== 'number' || (isGiven && typeof position !== 'number')) return undefined;
  return positionIn(typeof position === 'number' ? position : length + last, length, length + last);
}

/** The same in a run. */
export function positionAt(
  context: Pick<ReferenceContext<unknown>, 'inputs'>,
  i: number,
  length: number,
  last: number,
): number {
  const position = context.inputs[i] === undefined ? length + last : scalarAt(context, i, 'position');
  return positionIn(position, length, length + last);
}

/** @throws ProblemError US1210 if the tensor has another element type than those of the sequence */
export function checkElementType(sequence: TensorSequence, tensor: Tensor): void {
  joinElementTypes(tensorType(sequence.type, undefined), tensorType(tensor.type, undefined), 'tensors of one sequence');
}
