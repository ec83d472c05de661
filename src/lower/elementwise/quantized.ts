/** What lowers quantized values beside their products (quantized-part.ts). */
export { addByteLoop } from './byte-loops.js';
export { isLeftToReaders } from './put-off.js';
export { bytesPutOff, isQuantization, isReadAsBytes, quantizationTree } from './quantize.js';
export { type Made, settled } from './zero-points.js';
