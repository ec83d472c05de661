/** Kinds of operators that several parts of the search share. */

export const convolutions = ['Conv', 'ConvTranspose', 'ConvInteger', 'QLinearConv', 'DeformConv'] as const;

export const matrixProducts = ['MatMul', 'Gemm', 'MatMulInteger', 'QLinearMatMul', 'Einsum'] as const;

export const gathers = ['Gather', 'GatherND', 'GatherElements'] as const;
