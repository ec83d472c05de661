/** Shapes that come as data: for operators that make a tensor of a size they are told. */
import { fail } from '../../diagnostics.js';
import { type Dim, rangeOf } from '../../ir/dim.js';
import { type ElementType, elementTypeFacts } from '../../ir/element-type.js';
import { formatShape, type Shape } from '../../ir/shape.js';
import { allocate, elementCount, type TensorData } from '../../ir/tensor.js';
import type { InferContext } from '../operator.js';

/** What a made tensor may take at most: larger ones are a mistake in the data or in the model. */
const maxBytes = 2 ** 33;

/** @throws ProblemError US1207 for a size that is negative for all values of its symbols */
export function checkSizes(dims: readonly Dim[], what: string): void {
  if (dims.every((dim) => rangeOf(dim).max >= 0)) return;
  fail('US1207', `${what} has a negative size`, {
    value: what,
    expected: 'sizes of at least 0',
    actual: formatShape(dims),
  });
}

/** As many fresh sizes as input `i`, a shape, has elements; undefined when not even that is known. */
export function unknownShape(
  context: Pick<InferContext<unknown>, 'shape' | 'fresh'>,
  i: number,
  reason: string,
): Shape | undefined {
  const rank = context.shape(i)?.[0];
  return typeof rank === 'number' ? Array.from({ length: rank }, () => context.fresh(reason)) : undefined;
}

/** @throws ProblemError when a size is negative or all are too large to hold */
export function checkTensorSize(type: ElementType, dims: readonly number[]): void {
  checkSizes(dims, 'shape');
  const bytes = elementCount(dims) * Math.max(1, elementTypeFacts(type).bits / 8);
  if (bytes <= maxBytes) return;
  fail('US2007', `a ${type} tensor of shape ${formatShape(dims)} is too large`, {
    expected: `at most ${maxBytes / 2 ** 30} GiB`,
    actual: `${(bytes / 2 ** 30).toFixed(1)} GiB`,
    hint: 'check the data that the shape is computed from',
  });
}

/** Zeroed storage. @throws ProblemError as `checkTensorSize` does */
export function allocateChecked(type: ElementType, dims: readonly number[]): TensorData {
  checkTensorSize(type, dims);
  return allocate(type, elementCount(dims));
}
