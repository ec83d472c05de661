import { resample } from '../resample.js';

export const kernels = { resample };
