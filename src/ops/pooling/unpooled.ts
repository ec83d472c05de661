/** An index of a MaxUnpool that is outside. */
import { defineProblem, fail } from '../../diagnostics.js';
import { formatShape } from '../../ir/shape.js';
import { elementCount, rowMajorStrides } from '../../ir/tensor.js';

const unpoolIndexOutside = defineProblem(
  'US2006',
  { position: 'integers', index: 'bigint', elements: 'integer', shape: 'shape' },
  ({ position, index, elements, shape }) => ({
    message: `I[${position.join(', ')}] = ${index} points outside the output ${formatShape(shape)}`,
    value: 'I',
    expected: `0 to ${elements - 1}`,
    actual: String(index),
    hint: 'indices must come from a MaxPool of the same geometry and count over the whole tensor; for pooled odd sizes give output_shape',
  }),
);

/** @param i the position of the index, which counts in a tensor of the sizes `counted` */
export function failUnpooled(dims: readonly number[], i: number, index: bigint, counted: readonly number[]): never {
  const place = rowMajorStrides(dims).map((stride, axis) => Math.floor(i / stride) % dims[axis]!);
  fail(unpoolIndexOutside({ position: place, index, elements: elementCount(counted), shape: counted }));
}
