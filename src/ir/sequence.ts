/**
 * Sequences of tensors (ONNX IR.md, Sequence): a value that holds any number of tensors of one element type, whose shapes
 * may differ.
 */
import { type ElementType, elementTypeFacts } from './element-type.js';
import { sequenceOf, type TensorType, tensorType } from './shape.js';
import { allocate, Tensor } from './tensor.js';

/** A sequence where a tensor could be. It has the element type of its tensors, and no elements of its own. */
export class TensorSequence extends Tensor {
  constructor(
    type: ElementType,
    readonly tensors: readonly Tensor[],
  ) {
    // It may be of a type whose tensors are not held in memory (complex64), as long as it is empty.
    const isHeld = type === 'string' || elementTypeFacts(type).array !== undefined;
    super(type, [0], isHeld ? allocate(type, 0) : []);
  }

  map(change: (tensor: Tensor) => Tensor): TensorSequence {
    return new TensorSequence(this.type, this.tensors.map(change));
  }

  override copy(): TensorSequence {
    return this.map((tensor) => tensor.copy());
  }
}

/** An optional value (ONNX IR.md, Optional): a sequence of one value, which is a tensor or a sequence, or of none. */
export class OptionalTensor extends TensorSequence {
  constructor(type: ElementType, element: Tensor | undefined) {
    super(type, element === undefined ? [] : [element]);
  }

  get element(): Tensor | undefined {
    return this.tensors[0];
  }

  override map(change: (tensor: Tensor) => Tensor): OptionalTensor {
    return new OptionalTensor(this.type, this.element && change(this.element));
  }
}

/** Tensors of a sequence whose types are followed one by one; of longer sequences only what they have in common. */
export const mostItems = 64;

/** The type of a tensor or sequence. */
export function typeOfTensor(tensor: Tensor): TensorType {
  if (!(tensor instanceof TensorSequence)) return tensorType(tensor.type, tensor.dims);
  const { type, tensors } = tensor;
  if (tensor instanceof OptionalTensor) {
    const element = tensor.element === undefined ? tensorType(type, undefined) : typeOfTensor(tensor.element);
    return sequenceOf({ element, length: tensors.length, isOptional: true });
  }
  const items = tensors.length > mostItems ? undefined : tensors.map(typeOfTensor);
  return sequenceOf({ element: tensorType(type, undefined), items, length: tensors.length });
}
