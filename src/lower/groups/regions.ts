/** Lowerings of what pools regions, folds columns, sums over channels, or eliminates. */

import type { Lowering } from '../lowering.js';
import { determinantLowerings } from '../matrix/determinant.js';
import { foldingLowerings } from '../movement/fold-columns.js';
import { regionLowerings } from '../regions.js';
import { responseNormalizationLowerings } from '../response-normalization.js';

export const lowerings: readonly Lowering[] = [
  ...determinantLowerings,
  ...foldingLowerings,
  ...regionLowerings,
  ...responseNormalizationLowerings,
];
