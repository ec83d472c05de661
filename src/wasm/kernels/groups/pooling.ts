/** Windows of pixels as one, which generators do without. */
import { pooling } from '../pooling.js';

export const kernels = { pooling };
