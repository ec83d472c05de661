/** References that come later (later-references.ts). */
export { causalConvolution, conv } from './convolution/conv-reference.js';
export { convTranspose } from './convolution/conv-transpose-reference.js';
export { batchNormalization } from './normalization/batch-normalization-reference.js';
export { averagePooled, maxPooled } from './pooling/pool-reference.js';
