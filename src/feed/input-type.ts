/** What an input declares that it takes. */
import type { ElementType } from '../ir/element-type.js';
import type { Value } from '../ir/graph.js';
import { type TensorType, tensorType } from '../ir/shape.js';

export function typeOf({ declared }: Value): TensorType {
  return declared?.kind === 'tensor' ? declared : tensorType(undefined, undefined);
}

/** The input's element type (default: float32). */
export function elementTypeOf(input: Value): ElementType {
  return typeOf(input).elementType ?? 'float32';
}
