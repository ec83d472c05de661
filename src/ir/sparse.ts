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
  const places = indices.load().data;
  const count = elementCount(dims);
  if (count > maxDenseElements) {
    fail('US2007', `a sparse tensor of shape ${formatShape(dims)} is too large to be made dense`, {
      expected: `at most ${maxDenseElements} elements`,
      actual: String(count),
    });
  }
  const out = allocate(type, count) as { [index: number]: unknown };
  const strides = indices.dims.length === 2 ? rowMajorStrides(dims) : [1];
  for (let i = 0; i < data.length; i++) {
    const flat = strides.reduce((sum, stride, axis) => sum + Number(places[i * strides.length + axis]) * stride, 0);
    if (!(flat >= 0 && flat < count))
      fail('US1007', `a sparse tensor of shape ${formatShape(dims)} has an element at ${flat}`);
    out[flat] = data[i];
  }
  return new Tensor(type, dims, out as Tensor['data']);
}
