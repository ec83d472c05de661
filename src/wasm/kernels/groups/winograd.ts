/** Winograd's filtering: in blocks, in steps, and of few tiles. */
import { winogradColumns } from '../winograd/columns.js';
import { winogradProducts } from '../winograd/products.js';
import { winograd, winogradInputs, winogradOutputs } from '../winograd/winograd.js';

export const kernels = {
  winograd,
  'winograd columns': winogradColumns,
  'winograd inputs': winogradInputs,
  'winograd outputs': winogradOutputs,
  'winograd products': winogradProducts,
};
