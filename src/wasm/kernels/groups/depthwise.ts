/** Convolutions of each channel by itself, which small networks have. */
import { depthwise } from '../depthwise.js';

export const kernels = { depthwise };
