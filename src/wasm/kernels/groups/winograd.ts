/** Winograd's filtering: in blocks, in steps, with weights that are transformed where they are multiplied, and of few tiles. */
import { winogradColumns } from '../winograd/columns.js';
import { panelProducts } from '../winograd/panel-products.js';
import { winogradProducts } from '../winograd/products.js';
import { winograd, winogradInputs, winogradOutputs } from '../winograd/winograd.js';

export const kernels = {
  winograd,
  'winograd columns': winogradColumns,
  'winograd inputs': winogradInputs,
  'winograd outputs': winogradOutputs,
  'winograd panels': panelProducts,
  'winograd products': winogradProducts,
};
