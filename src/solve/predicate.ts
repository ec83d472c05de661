/** Requirements as tests of numbers. */
import type { Requirement } from '../ir/constraint.js';
import { dimFunction } from '../ir/dim/function.js';

/** Whether sizes, one for each name in order, satisfy it. */
export type Predicate = (sizes: readonly number[]) => boolean;

export function predicate({ kind, left, right }: Requirement, names: readonly string[]): Predicate {
  const a = dimFunction(left, names);
  const b = dimFunction(right, names);
  switch (kind) {
    case 'equal':
      return (sizes) => a(sizes) === b(sizes);
    case 'at-least':
      return (sizes) => a(sizes) >= b(sizes);
    case 'broadcast':
      return (sizes) => {
        const x = a(sizes);
        const y = b(sizes);
        return x === y || x === 1 || y === 1;
      };
  }
}

/** Advances to the next combination of sizes from 1 to their limits, the last one fastest; false after the last one. */
export function advance(sizes: number[], limits: readonly number[]): boolean {
  for (let i = sizes.length - 1; i >= 0; i--) {
    const next = (sizes[i] ?? 0) + 1;
    const isOver = next > (limits[i] ?? 0);
    sizes[i] = isOver ? 1 : next;
    if (!isOver) return true;
  }
  return false;
}
