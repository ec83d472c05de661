/** Passes that have values be of other types. */
import { computeInFloat32 } from '../compute-in-float32.js';
import { fuseQuantized } from '../fuse-quantized.js';
import type { Pass } from '../pass.js';

export const passes: readonly Pass[] = [computeInFloat32, fuseQuantized];
