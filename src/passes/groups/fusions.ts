/** Passes that find operators which exporters write in parts. */

import { fuseGelu } from '../fuse-gelu.js';
import { fuseGroupNormalization } from '../fuse-group-normalization.js';
import { fuseHardSwish } from '../fuse-hard-swish.js';
import { fuseInstanceNormalization } from '../fuse-instance-normalization.js';
import { fuseMaxUnpool } from '../fuse-max-unpool.js';
import { fuseNormalization } from '../fuse-normalization.js';
import { fusePixelShuffle } from '../fuse-pixel-shuffle.js';
import { fusePRelu } from '../fuse-prelu.js';
import { fuseUpsampling } from '../fuse-upsampling.js';
import type { Pass } from '../pass.js';

export const passes: readonly Pass[] = [
  fuseHardSwish,
  fuseGelu,
  fuseNormalization,
  fusePRelu,
  fuseUpsampling,
  fusePixelShuffle,
  fuseMaxUnpool,
  fuseInstanceNormalization,
  fuseGroupNormalization,
];
