/** Lowerings of products of matrices, of reductions, and of what normalizes by statistics. */

import { groupNormalizationLowerings } from '../group-normalization.js';
import type { Lowering } from '../lowering.js';
import { matrixLowerings } from '../matrix/matrix.js';
import { normalizationLowerings } from '../normalization.js';
import { reductionLowerings } from '../reduce.js';

export const lowerings: readonly Lowering[] = [
  ...groupNormalizationLowerings,
  ...matrixLowerings,
  ...normalizationLowerings,
  ...reductionLowerings,
];
