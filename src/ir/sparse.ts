/** Sparse tensors (onnx.proto, SparseTensorProto), which become dense when they are loaded. */
import { defineProblem, fail } from '../diagnostics.js';
import type { Constant, SparseConstant } from './graph.js';
import { formatShape } from './shape.js';
import { allocate, elementCount, rowMajorStrides, Tensor } from './tensor.js';

/** A limit is needed because a few bytes can declare a shape of any size. */
const maxDenseElements = 2 ** 28;

/** A sparse tensor as a constant that becomes dense when it is loaded. */
export function denseConstant(sparse: SparseConstant): Constant {
  const { dims, values, indices } = sparse;
  return {
    type: values.type,
    dims,
    byteLength: values.byteLength + indices.byteLength,
    storage: values.storage,
    sparse,
    load: () => densify(sparse),
  };
}

const sparseIndicesMisfit = defineProblem(
  'US1007',
  { shape: 'shape', expectedShape: 'shape', indexType: 'string', indicesShape: 'shape' },
  ({ shape, expectedShape, indexType, indicesShape }) => ({
    message: `the indices of a sparse tensor of shape ${formatShape(shape)} do not fit its values`,
    expected: `int64 ${formatShape(expectedShape)}`,
    actual: `${indexType} ${formatShape(indicesShape)}`,
  }),
);

const sparseTooLarge = defineProblem('US2007', { shape: 'shape', elements: 'integer' }, ({ shape, elements }) => ({
  message: `a sparse tensor of shape ${formatShape(shape)} is too large to be made dense`,
  expected: `at most ${maxDenseElements} elements`,
  actual: String(elements),
}));

const sparseIndexOutside = defineProblem(
  'US1007',
  { shape: 'shape', maximum: 'integer', index: 'integer' },
  ({ shape, maximum, index }) => ({
    message: `a sparse tensor of shape ${formatShape(shape)} has an element outside of it`,
    expected: `0 to ${maximum - 1}`,
    actual: String(index),
  }),
);

/** Indices are row-major positions ([NNZ]), or a row of coordinates for each value ([NNZ, rank]). */
function densify({ dims, values, indices }: SparseConstant): Tensor {
  const { type, data } = values.load();
  const { type: indexType, dims: indexDims, data: places } = indices.load();
  const isRowWise = indexDims.length === 2;
  const expected = isRowWise ? [data.length, dims.length] : [data.length];
  if (indexType !== 'int64' || formatShape(indexDims) !== formatShape(expected)) {
    fail(sparseIndicesMisfit({ shape: dims, expectedShape: expected, indexType, indicesShape: indexDims }));
  }
  const count = elementCount(dims);
  if (count > maxDenseElements) {
    fail(sparseTooLarge({ shape: dims, elements: count }));
  }
  const out = allocate(type, count) as { [index: number]: unknown };
  const sizes = isRowWise ? dims : [count];
  const strides = rowMajorStrides(sizes);
  for (let i = 0; i < data.length; i++) {
    let flat = 0;
    for (let axis = 0; axis < sizes.length; axis++) {
      const at = Number(places[i * sizes.length + axis]);
      if (at < 0 || at >= sizes[axis]!) {
        fail(sparseIndexOutside({ shape: dims, maximum: sizes[axis]!, index: at }));
      }
      flat += at * strides[axis]!;
    }
    out[flat] = data[i];
  }
  return new Tensor(type, dims, out as Tensor['data']);
}
