/** Gather: picks slices of an axis by index. */
import { constantsOf } from '../../ir/quantity.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { elementCount } from '../../ir/tensor.js';
import { normalizeAxis, shapeOfRank, tensorOfRank } from '../arguments.js';
import { int } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { anyType, indexTypes } from '../type-set.js';
import { fetchSymbolic, fetchTensor, type Move } from './copy.js';
import { type Indices, indicesAt, knownIndices, normalizeIndex, placeOf, requireIndices } from './indices.js';

function gatheredDims<D>(data: readonly D[], axis: number, indices: readonly D[]): D[] {
  return [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)];
}

function gather(dims: readonly number[], axis: number, { dims: indexDims, values }: Indices): Move {
  const size = dims[axis]!;
  const inner = elementCount(dims.slice(axis + 1));
  const outer = elementCount(dims.slice(0, axis));
  const places = Float64Array.from(values, (index, i) =>
    normalizeIndex(index, size, axis, () => placeOf(indexDims, i)),
  );
  return (copy) => {
    let target = 0;
    for (let o = 0; o < outer; o++) {
      for (const place of places) {
        copy(target, (o * size + place) * inner, inner);
        target += inner;
      }
    }
  };
}

function gatherShape(context: InferContext<{ readonly axis: number }>): Shape | undefined {
  const data = shapeOfRank(context, 0, 'data', { min: 1 });
  requireIndices(context.elementType(1));
  const indices = context.shape(1);
  if (data === undefined) return undefined;
  const axis = normalizeAxis(context.attributes.axis, data.length);
  checkKnownIndices(context, data, axis);
  return indices && gatheredDims(data, axis, indices);
}

/** Constant indices are checked before anything runs. */
function checkKnownIndices(context: InferContext<unknown>, data: Shape, axis: number): void {
  const known = context.known(1);
  const size = data[axis];
  if (known === undefined || typeof size !== 'number') return;
  constantsOf(known)?.forEach((index, i) => {
    normalizeIndex(index, size, axis, () => placeOf(known.dims, i));
  });
}

export const gathering = family(
  defineOperator({
    name: 'Gather',
    versions: [1, 11, 13],
    inputs: [required('data', 'T'), required('indices', 'Tind')],
    outputs: [required('output', 'T')],
    types: { T: anyType, Tind: indexTypes },
    attributes: { axis: int(0) },
    infer: (context) => [tensorType(context.elementType(0), gatherShape(context))],
    symbolic: (context) => {
      const data = context.partlyKnown(0);
      const indices = knownIndices(context);
      if (data === undefined || indices === undefined) return undefined;
      const axis = normalizeAxis(context.attributes.axis, data.dims.length);
      return [fetchSymbolic(data, gatheredDims(data.dims, axis, indices.dims), gather(data.dims, axis, indices))];
    },
    reference: (context) => {
      const data = tensorOfRank(context, 0, 'data', { min: 1 });
      const indices = indicesAt(context);
      const axis = normalizeAxis(context.attributes.axis, data.dims.length);
      return [fetchTensor(data, gatheredDims(data.dims, axis, indices.dims), gather(data.dims, axis, indices))];
    },
  }),
);
