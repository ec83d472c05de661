/** A serialized TensorProto: the .pb files of ONNX's test data and of onnx.numpy_helper. */
import type { Tensor } from '../ir/tensor.js';
import { readConstant } from './constant.js';
import { decodeTensor } from './decode.js';

/** @throws ProblemError if the bytes are not a tensor, or the tensor's elements are in another file */
export function readTensorProto(bytes: Uint8Array): { readonly name: string; readonly tensor: Tensor } {
  const proto = decodeTensor(bytes);
  return { name: proto.name ?? '', tensor: readConstant(proto, undefined).load() };
}
