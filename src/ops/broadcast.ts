/** Multidirectional broadcasting (ONNX Broadcasting.md), for shapes and for references. */
import { defineProblem, fail, type Problem } from '../diagnostics.js';
import type { Dim } from '../ir/dim.js';
import { formatShape, type Shape } from '../ir/shape.js';
import { rowMajorStrides } from '../ir/tensor.js';
import type { InferContext } from './infer-context.js';
import { stridedIndices } from './strided.js';

/** The common shape; undefined if a rank is unknown. */
export function broadcastShapes(
  context: Pick<InferContext<unknown>, 'unify'>,
  shapes: readonly (Shape | undefined)[],
): Shape | undefined {
  let result: Shape = [];
  for (const shape of shapes) {
    if (shape === undefined) return undefined;
    result = broadcastTwo(context, result, shape);
  }
  return result;
}

const shapesDoNotBroadcast = defineProblem(
  'US1204',
  { a: 'shape', b: 'shape', axis: 'integer', first: 'size', second: 'size' },
  ({ a, b, axis, first, second }) => ({
    message: `the shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: axis ${axis} has ${first} and ${second}`,
    expected: 'equal sizes, or 1',
    actual: `${first} and ${second}`,
  }),
);

function broadcastTwo(context: Pick<InferContext<unknown>, 'unify'>, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const dims: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x === 1) dims.push(y);
    else if (y === 1 || x === y) dims.push(x);
    else {
      const otherwise = (): Problem => shapesDoNotBroadcast({ a, b, axis: axis - rank, first: x, second: y });
      dims.push(context.unify(x, y, `sizes at axis ${axis - rank}`, { orOne: true, otherwise }));
    }
  }
  return dims;
}

const dimsDoNotBroadcast = defineProblem(
  'US1204',
  { shapes: 'shapes', first: 'integer', second: 'integer' },
  ({ shapes, first, second }) => ({
    message: `the shapes ${shapes.map(formatShape).join(' and ')} do not broadcast`,
    expected: 'equal sizes, or 1',
    actual: `${first} and ${second}`,
  }),
);

/** The common shape of concrete shapes. */
export function broadcastDims(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const dims = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const axis = rank - shape.length + i;
      const dim = shape[i]!;
      if (dims[axis] === 1) dims[axis] = dim;
      else if (dim !== 1 && dim !== dims[axis]) {
        fail(dimsDoNotBroadcast({ shapes, first: dims[axis]!, second: dim }));
      }
    }
  }
  return dims;
}

/**
 * For each element of a tensor of shape `to`, in order, the index of the element of a tensor of shape `from` that it
 * repeats.
 */
export function broadcastIndices(from: readonly number[], to: readonly number[]): Uint32Array {
  const strides = rowMajorStrides(from);
  const offset = to.length - from.length;
  const steps = to.map((_, axis) => (axis < offset || from[axis - offset] === 1 ? 0 : strides[axis - offset]!));
  return stridedIndices(to, steps);
}
