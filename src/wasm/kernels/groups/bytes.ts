/** Kernels of quantized networks in an engine that multiplies bytes. */
import { byteElementwise } from '../byte-elementwise.js';

export const kernels = { 'byte elementwise': byteElementwise };
