/** What kernels have found wrong with the values that they read, as the errors of the references. */

import { failDivision } from '../ops/elementwise/arithmetic.js';
import { failRemainder } from '../ops/elementwise/modulo.js';
import { normalizeIndex, placeOf } from '../ops/indexing/indices.js';
import { failPoints, requireImage } from '../ops/pooling/regions.js';
import { failUnpooled } from '../ops/pooling/unpooled.js';
import type { Fault } from '../plan/execution-plan.js';

/** @param words what the kernel has noted */
export function failOf(fault: Fault, words: Int32Array): never {
  if (fault.kind === 'division by zero') return fault.operator === 'Mod' ? failRemainder() : failDivision();
  if (fault.kind === 'region that does not fit') {
    if (words[0] === 1) requireImage(words[1]!, fault.images, words[2]!);
    failPoints(words[1]!);
  }
  if (fault.kind === 'unpooled outside') failUnpooled(fault.dims, words[2]!, BigInt(words[1]!), fault.onto);
  const { axis, size } = fault.axes[words[0]! - 1]!;
  normalizeIndex(words[1]!, size, axis, () => placeOf(fault.dims, words[2]!));
  throw new RangeError(`index ${words[1]} is inside of ${size}`);
}
