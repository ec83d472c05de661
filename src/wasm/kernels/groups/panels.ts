/** Weights that a run computes, packed in panels. */
import { packPanels } from '../pack-panels.js';

export const kernels = { 'pack panels': packPanels };
