/** Kernels that go along a sequence. */
import { causalConvolution } from '../causal-convolution.js';
import { recurrent } from '../recurrent.js';

export const kernels = { 'causal convolution': causalConvolution, recurrent };
