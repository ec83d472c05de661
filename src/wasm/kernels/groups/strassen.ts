/** Large products by Strassen's algorithm. */
import { strassen } from '../strassen.js';

export const kernels = { strassen };
