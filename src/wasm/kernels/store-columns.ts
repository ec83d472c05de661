/** Stores of vectors whose last lanes may belong to others. */
import { storeVector } from '../arithmetic.js';
import { memoryLaneOp, type Operand } from '../expression.js';
import type { FunctionBuilder } from '../function.js';

/**
 * Stores vectors one after another, the second of each pair first: where V8 makes one store of 256 bits of a pair, it leaves the
 * one of 128 bits that comes first in front of it.
 */
export function storeVectors(f: FunctionBuilder, address: Operand, offset: number, values: readonly Operand[]): void {
  for (let i = 0; i < values.length; i++) {
    const j = Math.min(i ^ 1, values.length - 1);
    storeVector(f, address, offset + j * 16, values[j]!);
  }
}

/** Stores vectors of columns, of which only the first `writable` numbers may be overwritten. */
export function storeColumns(
  f: FunctionBuilder,
  address: Operand,
  offset: number,
  values: readonly Operand[],
  writable: number,
): void {
  const whole = Math.min(values.length, Math.floor(writable / 4));
  storeVectors(f, address, offset, values.slice(0, whole));
  for (const [j, value] of values.entries()) {
    const left = writable - j * 4;
    const at = offset + j * 16;
    if (left > 0 && left < 4) {
      const vector = f.local('v128', value);
      if (left >= 2) f.run(memoryLaneOp('v128.store64_lane', at, 0, address, vector));
      if (left % 2 === 1) f.run(memoryLaneOp('v128.store32_lane', at + (left - 1) * 4, left - 1, address, vector));
    }
  }
}
