/** The pass that does without sequences. */

import type { Pass } from '../pass.js';
import { resolveSequences } from '../resolve-sequences.js';

export const passes: readonly Pass[] = [resolveSequences];
