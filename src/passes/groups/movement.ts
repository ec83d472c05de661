/** Passes that save moving elements. */
import { cancelTransposes } from '../cancel-transposes.js';
import { foldPad } from '../fold-pad.js';
import { mergeReshapes } from '../merge-reshapes.js';
import type { Pass } from '../pass.js';

export const passes: readonly Pass[] = [cancelTransposes, mergeReshapes, foldPad];
