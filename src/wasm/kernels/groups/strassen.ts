/** Large products by Strassen's algorithm. */
import { strassenProducts } from '../strassen-products.js';

export const kernels = { strassen: strassenProducts };
