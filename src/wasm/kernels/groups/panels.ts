/** Kernels of weights that are not packed beforehand as they are multiplied: computed ones, and deep layers of Winograd's filtering. */
import { packPanels } from '../pack-panels.js';
import { panelProducts } from '../winograd/panel-products.js';

export const kernels = { 'pack panels': packPanels, 'winograd panels': panelProducts };
