/** What packs weights of 16 bits: it comes with plans that have some. */
import { Part } from '../limits/part.js';

export const halfWeights = new Part(() => import('./half-weights.js'));
