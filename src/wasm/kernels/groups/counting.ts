/** Kernels of what has as many results as data say. */
import { coordinates, countMarked, listMarked, pick } from '../marked.js';
import { unique } from '../unique.js';

export const kernels = { coordinates, 'count marked': countMarked, 'list marked': listMarked, pick, unique };
