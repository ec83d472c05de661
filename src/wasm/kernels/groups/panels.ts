/** Kernels of weights that are not packed beforehand as they are multiplied, computed ones and deep layers of Winograd's filtering, and of few tiles. */
import { packPanels } from '../pack-panels.js';
import { winogradColumns } from '../winograd/columns.js';
import { panelProducts } from '../winograd/panel-products.js';

export const kernels = {
  'pack panels': packPanels,
  'winograd columns': winogradColumns,
  'winograd panels': panelProducts,
};
