/** How the types of values are represented in the arena (ARCHITECTURE.md, "Integers"). */
import { type ElementType, elementTypeFacts, isFloat } from '../../ir/element-type.js';
import { isHalfFloat } from '../../ir/half-floats.js';
import { type Cells, cellsOf, isIntegerType } from '../../wasm/kernels/cells.js';

/** Integers of up to 16 bits: float32 has them all, and all their differences. */
const smallIntegers: ReadonlySet<ElementType | undefined> = new Set([
  ...(['uint8', 'int8', 'uint16', 'int16', 'uint4', 'int4', 'uint2', 'int2'] as const),
]);

export function isSmallInteger(type: ElementType | undefined): boolean {
  return smallIntegers.has(type);
}

/** Floats of 8 and 4 bits. */
export function isNarrowFloat(type: ElementType | undefined): boolean {
  return type !== undefined && isFloat(type) && elementTypeFacts(type).bits <= 8;
}

/** Whether elements of the type are float32 in the arena, whoever makes its values: float32 has all of its numbers. */
export function isRepresentable(type: ElementType | undefined): boolean {
  return type === 'float32' || type === 'bool' || isHalfFloat(type) || isNarrowFloat(type) || isSmallInteger(type);
}

/** The cells that hold all values of a type in the arena; undefined where it has none for the type. */
export function arenaCells(type: ElementType | undefined): Cells | undefined {
  if (isRepresentable(type)) return 'float32';
  return isIntegerType(type) ? cellsOf(type) : undefined;
}
