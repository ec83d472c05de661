/** Lowerings of products of matrices. */
import type { Lowering } from '../lowering.js';
import { matrixLowerings } from '../matrix/matrix.js';

export const lowerings: readonly Lowering[] = matrixLowerings;
