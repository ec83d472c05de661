/** Lowerings that change sizes: of pictures, and at their borders. */

import type { Lowering } from '../lowering.js';
import { paddingLowerings } from '../movement/pad.js';
import { rearrangingLowerings } from '../movement/rearrange.js';
import { resamplingLowerings } from '../resize.js';

export const lowerings: readonly Lowering[] = [...paddingLowerings, ...rearrangingLowerings, ...resamplingLowerings];
