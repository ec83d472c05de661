/** Tensors as messages between a session and its worker. */
import type { ElementType } from '../../ir/element-type.js';
import { OptionalTensor, TensorSequence } from '../../ir/sequence.js';
import { Tensor, type TensorData } from '../../ir/tensor.js';

export interface SentTensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: TensorData;
  /** Of a sequence its tensors. */
  readonly tensors?: readonly SentTensor[];
  /** Whether these are what an optional holds. */
  readonly isOptional?: boolean;
}

/** The same elements; of a view those alone, which else would be cloned with all of their buffer. */
export function sentFeed({ tensors, data, ...rest }: SentTensor): SentTensor {
  const isPart = !Array.isArray(data) && data.byteLength !== data.buffer.byteLength;
  return { ...rest, data: isPart ? data.slice() : data, ...(tensors && { tensors: tensors.map(sentFeed) }) };
}

export function sentTensor(tensor: Tensor): SentTensor {
  const { type, dims, data } = tensor;
  if (!(tensor instanceof TensorSequence)) return { type, dims, data };
  const isOptional = tensor instanceof OptionalTensor;
  return { type, dims, data, tensors: tensor.tensors.map(sentTensor), ...(isOptional && { isOptional }) };
}

export function receivedTensor({ type, dims, data, tensors, isOptional = false }: SentTensor): Tensor {
  if (tensors === undefined) return new Tensor(type, dims, data);
  const items = tensors.map(receivedTensor);
  return isOptional ? new OptionalTensor(type, items[0]) : new TensorSequence(type, items);
}

/** The elements of a tensor, or of all tensors of a sequence. */
export function sentData({ data, tensors }: SentTensor): readonly TensorData[] {
  return tensors === undefined ? [data] : tensors.flatMap(sentData);
}
