/** Kernels that reduce axes, or normalize along them. */
import { attention } from '../attention.js';
import { normalizePixels, normalizeRuns } from '../normalization.js';
import { reduce } from '../reduce.js';
import { softmax } from '../softmax.js';

export const kernels = {
  attention,
  'normalize pixels': normalizePixels,
  'normalize runs': normalizeRuns,
  reduce,
  softmax,
};
