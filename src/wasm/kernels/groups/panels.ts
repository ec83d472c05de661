/** Weights that a run computes, in panels as products read them. */
import { packPanels } from '../pack-panels.js';

export const kernels = { 'pack panels': packPanels };
