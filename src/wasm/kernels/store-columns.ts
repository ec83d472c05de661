/** Stores of vectors whose last lanes may belong to others. */
import { storeVector } from '../arithmetic.js';
import { memoryLaneOp, type Operand } from '../expression.js';
import type { FunctionBuilder } from '../function.js';

/** Stores vectors of columns, of which only the first `writable` numbers may be overwritten. */
export function storeColumns(
  f: FunctionBuilder,
  address: Operand,
  offset: number,
  values: readonly Operand[],
  writable: number,
): void {
  for (const [j, value] of values.entries()) {
    const left = writable - j * 4;
    const at = offset + j * 16;
    if (left >= 4) storeVector(f, address, at, value);
    else if (left > 0) {
      const vector = f.local('v128', value);
      if (left >= 2) f.run(memoryLaneOp('v128.store64_lane', at, 0, address, vector));
      if (left % 2 === 1) f.run(memoryLaneOp('v128.store32_lane', at + (left - 1) * 4, left - 1, address, vector));
    }
  }
}
