/** Gather: slices of an axis, picked by index. */
import { fail } from '../../diagnostics.js';
import { integersOf } from '../../ir/numeric.js';
import { constantsOf } from '../../ir/quantity.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { elementCount } from '../../ir/tensor.js';
import { int } from '../attributes.js';
import { type Gathered, pickSymbolic, pickTensor } from '../movement/elements.js';
import { defineOperator, type InferContext, normalizeAxis, type Operator, shapeOfRank, tensorAt } from '../operator.js';

/** The index counted from the front. @throws ProblemError US2006 when it is outside [−size, size) */
export function normalizeIndex(index: number, size: number, place: string): number {
  if (index >= -size && index < size) return index < 0 ? index + size : index;
  fail('US2006', `${place} is ${index}, outside an axis of size ${size}`, {
    expected: size === 0 ? 'no index: the axis is empty' : `${-size} to ${size - 1}`,
    actual: String(index),
  });
}

function gather(
  dims: readonly number[],
  axis: number,
  indexDims: readonly number[],
  indices: readonly number[],
): Gathered {
  const size = dims[axis]!;
  const inner = elementCount(dims.slice(axis + 1));
  const outer = elementCount(dims.slice(0, axis));
  const places = indices.map((index, i) => normalizeIndex(index, size, `element ${i} of indices`));
  const picked = new Float64Array(outer * places.length * inner);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const place of places) {
      const start = (o * size + place) * inner;
      for (let i = 0; i < inner; i++) picked[at++] = start + i;
    }
  }
  return { dims: [...dims.slice(0, axis), ...indexDims, ...dims.slice(axis + 1)], indices: picked };
}

function gatherShape(context: InferContext<{ readonly axis: number }>): Shape | undefined {
  const data = shapeOfRank(context, 0, 'data', { min: 1 });
  const indices = context.shape(1);
  if (data === undefined) return undefined;
  const axis = normalizeAxis(context.attributes.axis, data.length);
  checkKnownIndices(context, data, axis);
  return indices && [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)];
}

/** Indices that are written into the model can be checked before anything runs. */
function checkKnownIndices(context: InferContext<unknown>, data: Shape, axis: number): void {
  const known = context.known(1);
  const size = data[axis];
  if (known === undefined || typeof size !== 'number') return;
  constantsOf(known)?.forEach((index, i) => {
    normalizeIndex(index, size, `element ${i} of indices`);
  });
}

export const gathering: readonly Operator[] = [
  defineOperator({
    name: 'Gather',
    versions: [1, 11, 13],
    inputs: [2, 2],
    outputs: [1, 1],
    attributes: { axis: int(0) },
    infer: (context) => [tensorType(context.elementType(0), gatherShape(context))],
    symbolic: (context) => {
      const data = context.known(0);
      const known = context.known(1);
      const indices = known && constantsOf(known);
      if (data === undefined || known === undefined || indices === undefined) return undefined;
      const axis = normalizeAxis(context.attributes.axis, data.dims.length);
      return [pickSymbolic(data, gather(data.dims, axis, known.dims, indices))];
    },
    reference: (context) => {
      const data = tensorAt(context, 0);
      const indices = tensorAt(context, 1);
      const axis = normalizeAxis(context.attributes.axis, data.dims.length);
      return [pickTensor(data, gather(data.dims, axis, indices.dims, integersOf(indices)))];
    },
  }),
];
