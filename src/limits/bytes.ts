/** Bytes that tensors take. */
import { type ElementType, elementTypeFacts } from '../ir/element-type.js';

/** Roughly what a JavaScript string takes in an array. */
const bytesOfString = 64;

/** Bytes of a dense tensor in memory, where types of less than 8 bits take a byte an element. */
export function tensorBytes(type: ElementType, dims: readonly number[]): number {
  return dims.reduce((count, dim) => count * dim, elementBytes(type));
}

export function elementBytes(type: ElementType): number {
  return type === 'string' ? bytesOfString : Math.max(1, elementTypeFacts(type).bits / 8);
}
