/** Passes that put other nodes in the place of one. */

import { expandOperators } from '../expand-operators.js';
import { inlineConditions } from '../inline-conditions.js';
import type { Pass } from '../pass.js';

export const passes: readonly Pass[] = [inlineConditions, expandOperators];
