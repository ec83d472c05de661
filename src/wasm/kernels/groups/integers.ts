/** Kernels that compute in 64 bits. */
import { integerElementwise } from '../integer-elementwise.js';
import { integerReduce } from '../integer-reduce.js';

export const kernels = { 'integer elementwise': integerElementwise, 'integer reduce': integerReduce };
