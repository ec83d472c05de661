/** What a session says of its inputs and outputs, as onnxruntime-common does. */
import type { Inference } from '../infer/infer.js';
import { formatDim } from '../ir/dim.js';
import type { Value } from '../ir/graph.js';
import type { Tensor } from './tensor/tensor.js';

export interface TensorMetadata {
  readonly name: string;
  readonly isTensor: true;
  readonly type: Tensor.Type;
  /** Numbers, and expressions for sizes that depend on the inputs: `['N', 64, '2*H', '2*W']`. Empty where not even the rank is known. */
  readonly shape: readonly (number | string)[];
}

export interface NonTensorMetadata {
  readonly name: string;
  readonly isTensor: false;
}

export type ValueMetadata = TensorMetadata | NonTensorMetadata;

export function metadataOf(value: Value, { types }: Inference): ValueMetadata {
  const { name, declared } = value;
  const { elementType, shape } = types.get(value) ?? { elementType: undefined, shape: undefined };
  if (declared?.kind === 'other' || elementType === undefined) return { name, isTensor: false };
  return {
    name,
    isTensor: true,
    type: elementType as Tensor.Type,
    shape: (shape ?? []).map((dim) => (typeof dim === 'number' ? dim : formatDim(dim))),
  };
}
