/** Kernels of quantized networks: of bytes, where the engine multiplies them, and of what is quantized as it runs. */
import { byteDepthwise } from '../byte-depthwise.js';
import { byteElementwise } from '../byte-elementwise.js';
import { emitBytePixels } from '../byte-pixels.js';
import { byteRange } from '../byte-range.js';
import { byteTable } from '../byte-table.js';
import { byteWinograd } from '../byte-winograd.js';
import { registerByteTiles } from '../convolution-tile.js';
import { range } from '../range.js';

export const kernels = {
  'byte depthwise': byteDepthwise,
  'byte elementwise': byteElementwise,
  'byte range': byteRange,
  'byte table': byteTable,
  'byte winograd': byteWinograd,
  range,
};

export function register(): void {
  registerByteTiles(emitBytePixels);
}
