/**
 * The operators that onnxruntime's quantizer and optimizer write, one family on each line. In the published library they
 * are a separate file, which is fetched only for models that need it (load.ts).
 */
import { fewBits } from './microsoft/few-bits.js';
import { fusedConvolutions } from './microsoft/fused-convolution.js';
import { fusedProducts } from './microsoft/fused-product.js';
import { microsoftGelus } from './microsoft/gelu.js';
import { microsoftNormalizations } from './microsoft/layer-normalization.js';
import { microsoftQuantization } from './microsoft/linear-quantization.js';
import { quantizedConcat } from './microsoft/quantized-concat.js';
import { microsoftConvolutions } from './microsoft/quantized-convolution.js';
import { quantizedElementwise } from './microsoft/quantized-elementwise.js';
import { quantizedPooling } from './microsoft/quantized-pooling.js';
import { quantizedProducts } from './microsoft/quantized-product.js';
import { quantizedSoftmax } from './microsoft/quantized-softmax.js';
import type { Operator } from './operator.js';

export const microsoftOperators: readonly Operator[] = [
  ...fewBits,
  ...fusedConvolutions,
  ...fusedProducts,
  ...microsoftConvolutions,
  ...microsoftGelus,
  ...microsoftNormalizations,
  ...microsoftQuantization,
  ...quantizedConcat,
  ...quantizedElementwise,
  ...quantizedPooling,
  ...quantizedProducts,
  ...quantizedSoftmax,
];
