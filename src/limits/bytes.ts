/** Bytes of tensors, and bytes in words. */
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

const units = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** `12 kB`, `1.50 GB`: powers of 1000, as memory is counted in messages. */
export function formatBytes(bytes: number): string {
  let value = bytes / 1e3;
  let unit = 0;
  while (value >= 999.5 && unit + 1 < units.length) {
    value /= 1e3;
    unit++;
  }
  if (unit === 0) return `${Math.ceil(value)} kB`;
  return value < 1e5 ? `${value.toPrecision(3)} ${units[unit]}` : `${value.toExponential(2)} ${units[unit]}`;
}
