/** Lowerings that go along a sequence. */
import { causalConvolutionLowerings } from '../convolution/causal.js';
import type { Lowering } from '../lowering.js';
import { recurrentLowerings } from '../recurrent.js';

export const lowerings: readonly Lowering[] = [...causalConvolutionLowerings, ...recurrentLowerings];
