/** Tensors as messages between a session and its worker. */
import type { ElementType } from '../../ir/element-type.js';
import { TensorSequence } from '../../ir/sequence.js';
import { Tensor, type TensorData } from '../../ir/tensor.js';

export interface SentTensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: TensorData;
  /** Of a sequence its tensors. */
  readonly tensors?: readonly SentTensor[];
}

/** The same elements; of a view those alone, which else would be cloned with all of their buffer. */
export function sentFeed({ tensors, data, ...rest }: SentTensor): SentTensor {
  const isPart = !Array.isArray(data) && data.byteLength !== data.buffer.byteLength;
  return { ...rest, data: isPart ? data.slice() : data, ...(tensors && { tensors: tensors.map(sentFeed) }) };
}

export function sentTensor(tensor: Tensor): SentTensor {
  const { type, dims, data } = tensor;
  const tensors = tensor instanceof TensorSequence ? { tensors: tensor.tensors.map(sentTensor) } : {};
  return { type, dims, data, ...tensors };
}

export function receivedTensor({ type, dims, data, tensors }: SentTensor): Tensor {
  return tensors === undefined ? new Tensor(type, dims, data) : new TensorSequence(type, tensors.map(receivedTensor));
}

/** The elements of a tensor, or of all tensors of a sequence. */
export function sentData({ data, tensors }: SentTensor): readonly TensorData[] {
  return tensors === undefined ? [data] : tensors.flatMap(sentData);
}
