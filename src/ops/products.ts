/** Products of matrices. */
import { gemm } from './linear/gemm.js';
import { matMul } from './linear/matmul.js';
import type { Operator } from './operator.js';

export const operators: readonly Operator[] = [...gemm, ...matMul];
