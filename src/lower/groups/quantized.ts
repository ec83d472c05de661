/** Lowerings of quantized integers. */

import type { Lowering } from '../lowering.js';
import { quantizedConvolutionLowerings } from '../quantized/convolution.js';
import { dynamicQuantizationLowerings } from '../quantized/dynamic.js';
import { quantizedProductLowerings } from '../quantized/product.js';
import { quantizationLowerings } from '../quantized/quantization.js';
import { transposedLowerings } from '../quantized/transposed.js';

export const lowerings: readonly Lowering[] = [
  ...quantizedConvolutionLowerings,
  ...dynamicQuantizationLowerings,
  ...quantizedProductLowerings,
  ...quantizationLowerings,
  ...transposedLowerings,
];
