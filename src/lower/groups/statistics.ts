/** Lowerings of reductions, and of what normalizes by statistics. */

import { groupNormalizationLowerings } from '../group-normalization.js';
import type { Lowering } from '../lowering.js';
import { normalizationLowerings } from '../normalization.js';
import { reductionLowerings } from '../reduce.js';

export const lowerings: readonly Lowering[] = [
  ...groupNormalizationLowerings,
  ...normalizationLowerings,
  ...reductionLowerings,
];
