/** Types that are representable in the arena, whose elements are float32: each value is there as the number that it is. */
import type { ElementType } from '../../ir/element-type.js';
import { isHalfFloat } from '../../ir/half-floats.js';

/** Integers of up to 16 bits: float32 has them all, and all their differences. */
const smallIntegers: ReadonlySet<ElementType | undefined> = new Set(['uint8', 'int8', 'uint16', 'int16']);

export function isSmallInteger(type: ElementType | undefined): boolean {
  return smallIntegers.has(type);
}

/** Whether the arena holds the type, whoever makes its values: float32 has all of its numbers. */
export function isRepresentable(type: ElementType | undefined): boolean {
  return type === 'float32' || isHalfFloat(type) || isSmallInteger(type);
}
