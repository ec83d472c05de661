/** Shapes that come as data, for operators that create a tensor of a given shape. */
import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, rangeOf } from '../../ir/dim.js';
import { type ElementType, elementTypeFacts } from '../../ir/element-type.js';
import { formatShape, type Shape } from '../../ir/shape.js';
import { allocate, elementCount, type TensorData } from '../../ir/tensor.js';
import type { InferContext } from '../operator.js';

/**
 * The most bytes of a created tensor; larger ones are mistakes in the data or the model. Half of what WebAssembly can
 * address, so that an accepted one can also be computed with.
 */
const maxBytes = 2 ** 31;

/** Approximate bytes of a JavaScript string in an array. */
const bytesOfString = 64;

const negativeTargetSize = defineProblem('US1207', { target: 'string', shape: 'shape' }, ({ target, shape }) => ({
  message: `${target} has a negative size`,
  value: target,
  expected: 'sizes of at least 0',
  actual: formatShape(shape),
}));

/** @throws ProblemError US1207 for a size that is negative for all values of its symbols */
export function checkSizes(dims: readonly Dim[], what: string): void {
  if (dims.every((dim) => rangeOf(dim).max >= 0)) return;
  fail(negativeTargetSize({ target: what, shape: dims }));
}

/** More axes than any model has, so that a file cannot make inference create millions of symbols. */
const maxRank = 256;

/** A fresh size for each element of input `i`, which is a shape; undefined if its length is unknown. */
export function unknownShape(
  context: Pick<InferContext<unknown>, 'shape' | 'fresh'>,
  i: number,
  reason: string,
): Shape | undefined {
  const rank = context.shape(i)?.[0];
  if (typeof rank !== 'number' || rank > maxRank) return undefined;
  return Array.from({ length: rank }, () => context.fresh(reason));
}

/** @throws ProblemError US1207 for a negative size, US2007 if the tensor would be too large */
export function checkTensorSize(type: ElementType, dims: readonly number[]): void {
  checkSizes(dims, 'shape');
  if (bytesOf(type, dims) > maxBytes) failTooLarge(type, dims);
}

/** Zeroed storage. @throws ProblemError as `checkTensorSize` does, and if memory does not suffice */
export function allocateChecked(type: ElementType, dims: readonly number[]): TensorData {
  checkTensorSize(type, dims);
  try {
    return allocate(type, elementCount(dims));
  } catch (error) {
    if (error instanceof RangeError) failTooLarge(type, dims);
    throw error;
  }
}

function bytesOf(type: ElementType, dims: readonly number[]): number {
  const bytes = type === 'string' ? bytesOfString : Math.max(1, elementTypeFacts(type).bits / 8);
  return elementCount(dims) * bytes;
}

const tensorTooLarge = defineProblem(
  'US2007',
  { type: 'string', shape: 'shape', bytes: 'integer' },
  ({ type, shape, bytes }) => ({
    message: `a ${type} tensor of shape ${formatShape(shape)} is too large`,
    expected: `at most ${maxBytes / 2 ** 30} GiB, and that much memory`,
    actual: `${(bytes / 2 ** 30).toFixed(1)} GiB`,
    hint: 'check the data that the shape is computed from',
  }),
);

function failTooLarge(type: ElementType, dims: readonly number[]): never {
  fail(tensorTooLarge({ type, shape: dims, bytes: bytesOf(type, dims) }));
}
