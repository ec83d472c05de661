/** Lowerings that change sizes, of pictures and at their borders, or that fill them. */

import type { Lowering } from '../lowering.js';
import { fillingLowerings } from '../movement/fill.js';
import { paddingLowerings } from '../movement/pad.js';
import { rearrangingLowerings } from '../movement/rearrange.js';
import { resamplingLowerings } from '../resize.js';

export const lowerings: readonly Lowering[] = [
  ...fillingLowerings,
  ...paddingLowerings,
  ...rearrangingLowerings,
  ...resamplingLowerings,
];
