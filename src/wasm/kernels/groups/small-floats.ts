/** Rounding to floats of 8 and 4 bits, which few networks have. */
import { registerFunctions } from '../elementwise-expression.js';
import { smallFloatRoundings } from '../small-floats.js';

/** No kernels: those of trees emit them. */
export const kernels = {};

export function register(): void {
  registerFunctions(smallFloatRoundings);
}
