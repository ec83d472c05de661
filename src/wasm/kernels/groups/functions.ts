/** Functions in elementwise trees that few networks have. */
import { registerFunctions } from '../elementwise-expression.js';
import { inverseFunctions } from '../inverse-functions.js';
import { cosine, sine } from '../trigonometry.js';

/** No kernels: those of trees emit them. */
export const kernels = {};

export function registerRareFunctions(): void {
  registerFunctions({ ...inverseFunctions, cos: cosine, sin: sine });
}
