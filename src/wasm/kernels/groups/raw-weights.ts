/** Winograd's filtering of layers so deep that weights are transformed where they are multiplied. */
import { registerRawProducts } from '../winograd/columns.js';
import { panelProducts } from '../winograd/panel-products.js';

export const kernels = { 'winograd panels': panelProducts };

export function register(): void {
  registerRawProducts(panelProducts);
}
