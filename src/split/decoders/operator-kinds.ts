/** Operators that several questions about a network take together. */

export const convolutions = ['Conv', 'ConvTranspose', 'ConvInteger', 'QLinearConv', 'DeformConv'] as const;

export const matrixProducts = ['MatMul', 'Gemm', 'MatMulInteger', 'QLinearMatMul', 'Einsum'] as const;

export const gathers = ['Gather', 'GatherND', 'GatherElements'] as const;
