/** Lowerings of what has as many results as data say. */
import { countingLowerings } from '../counting.js';
import type { Lowering } from '../lowering.js';
import { uniqueLowerings } from '../unique.js';

export const lowerings: readonly Lowering[] = [...countingLowerings, ...uniqueLowerings];
