/** Sizes of symbols come with the first model whose inputs have symbols. */
import { Part } from '../limits/part.js';

export const sizeEquations = new Part(() => import('./bind-sizes.js'));
