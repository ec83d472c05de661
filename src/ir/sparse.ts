/** Sparse tensors (onnx.proto, SparseTensorProto): kept as they are, dense when they are loaded. */
import { fail } from '../diagnostics.js';
import type { Constant, SparseConstant } from './graph.js';
import { formatShape } from './shape.js';
import { allocate, elementCount, rowMajorStrides, Tensor } from './tensor.js';

/** A few bytes can name a shape of any size. */
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

/** Indices are flat ([NNZ]) or one row of coordinates a value ([NNZ, rank]). */
function densify({ dims, values, indices }: SparseConstant): Tensor {
  const { type, data } = values.load();
  const { type: indexType, dims: indexDims, data: places } = indices.load();
  const isRowWise = indexDims.length === 2;
  const expected = isRowWise ? [data.length, dims.length] : [data.length];
  if (indexType !== 'int64' || formatShape(indexDims) !== formatShape(expected)) {
    fail('US1007', `the indices of a sparse tensor of shape ${formatShape(dims)} do not fit its values`, {
      expected: `int64 ${formatShape(expected)}`,
      actual: `${indexType} ${formatShape(indexDims)}`,
    });
  }
  const count = elementCount(dims);
  if (count > maxDenseElements) {
    fail('US2007', `a sparse tensor of shape ${formatShape(dims)} is too large to be made dense`, {
      expected: `at most ${maxDenseElements} elements`,
      actual: String(count),
    });
  }
  const out = allocate(type, count) as { [index: number]: unknown };
  const sizes = isRowWise ? dims : [count];
  const strides = rowMajorStrides(sizes);
  for (let i = 0; i < data.length; i++) {
    let flat = 0;
    for (let axis = 0; axis < sizes.length; axis++) {
      const at = Number(places[i * sizes.length + axis]);
      if (at < 0 || at >= sizes[axis]!) {
        fail('US1007', `a sparse tensor of shape ${formatShape(dims)} has an element outside of it`, {
          expected: `0 to ${sizes[axis]! - 1}`,
          actual: String(at),
        });
      }
      flat += at * strides[axis]!;
    }
    out[flat] = data[i];
  }
  return new Tensor(type, dims, out as Tensor['data']);
}
