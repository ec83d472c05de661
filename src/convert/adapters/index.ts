/** All adapters, by operator and version. */
import type { Adapters } from '../form.js';
import { elementwiseBoundaries } from './elementwise.js';
import { movementBoundaries } from './movement.js';
import { normalizationBoundaries } from './normalization.js';
import { reductionBoundaries } from './reduction.js';
import { resamplingBoundaries } from './resampling.js';
import { typeBoundaries } from './types.js';

const known = new Map<string, Adapters[]>();
const keyOf = (operator: string, version: number) => `${operator} ${version}`;

for (const { operators, version, up, down } of [
  ...elementwiseBoundaries,
  ...movementBoundaries,
  ...normalizationBoundaries,
  ...reductionBoundaries,
  ...resamplingBoundaries,
  ...typeBoundaries,
]) {
  for (const operator of operators) {
    const key = keyOf(operator, version);
    known.set(key, [...(known.get(key) ?? []), { ...(up && { up }), ...(down && { down }) }]);
  }
}

/** The adapters at the boundary where a version begins, in the order in which they apply. */
export function adaptersAt(operator: string, version: number): readonly Adapters[] {
  return known.get(keyOf(operator, version)) ?? [];
}
