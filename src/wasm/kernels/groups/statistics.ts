/** Kernels that reduce axes, or normalize along them. */
import { attention } from '../attention.js';
import { groupFactors } from '../group-factors.js';
import { channelMoments } from '../moments.js';
import { normalizePixels, normalizeRuns } from '../normalization.js';
import { reduce } from '../reduce.js';
import { softmax } from '../softmax.js';

export const kernels = {
  attention,
  'channel moments': channelMoments,
  'group factors': groupFactors,
  'normalize pixels': normalizePixels,
  'normalize runs': normalizeRuns,
  reduce,
  softmax,
};
