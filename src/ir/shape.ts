import type { SizeOrSymbol } from '../diagnostics.js';
import type { Dim } from './dim.js';
import type { ElementType } from './element-type.js';

/** The extents of a tensor, outermost first. */
export type Shape = readonly Dim[];

/** The type of a value before it is computed. An absent shape means that the rank is unknown. */
export interface TensorType {
  readonly elementType: ElementType | undefined;
  readonly shape: Shape | undefined;
  /** Set for a sequence of tensors, which has neither element type nor shape itself. */
  readonly sequence?: SequenceType | undefined;
}

/** What is known of a sequence before it is computed. */
export interface SequenceType {
  /** What is known of every tensor in it. */
  readonly element: TensorType;
  /** The types of its tensors, if they are known one by one. */
  readonly items?: readonly TensorType[] | undefined;
  readonly length: Dim | undefined;
  /** Set for an optional, which is a sequence of one value or none. */
  readonly isOptional?: boolean | undefined;
}

export function sequenceOf(sequence: SequenceType): TensorType {
  return { elementType: undefined, shape: undefined, sequence };
}

/** The element type of a tensor, or of the tensors inside a sequence or an optional. */
export function innermostElement(type: TensorType | undefined): ElementType | undefined {
  return type?.sequence === undefined ? type?.elementType : innermostElement(type.sequence.element);
}

export function tensorType(elementType: ElementType | undefined, shape: Shape | undefined): TensorType {
  return { elementType, shape };
}

/** True when every extent is a number. */
export function isConcrete(shape: Shape): shape is readonly number[] {
  for (let axis = 0; axis < shape.length; axis++) if (typeof shape[axis] !== 'number') return false;
  return true;
}

/** `[N, 3, 2*H, 2*W]`; `[?]` for an unknown rank. */
export function formatShape(shape: readonly SizeOrSymbol[] | undefined): string {
  return shape === undefined ? '[?]' : `[${shape.join(', ')}]`;
}

/** `float32[N, 3]`, `sequence(float32[N, 3])`. */
export function formatType(type: TensorType | undefined): string {
  if (type?.sequence !== undefined)
    return `${type.sequence.isOptional ? 'optional' : 'sequence'}(${formatType(type.sequence.element)})`;
  return `${type?.elementType ?? '?'}${formatShape(type?.shape)}`;
}
