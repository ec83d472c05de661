/** A factor and a bias for each channel, where no convolution takes them in. */
import { channelAffineLowerings } from '../channel-affine.js';
import { imageScalerLowerings } from '../image-scaler.js';
import type { Lowering } from '../lowering.js';

export const lowerings: readonly Lowering[] = [...channelAffineLowerings, ...imageScalerLowerings];
