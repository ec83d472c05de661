/** What nodes of quantised networks say, apart from how they are computed: they are rare, and loaded when asked for. */
import { flag, int } from '../attributes.js';
import { convolutionAttributes } from '../convolution/conv.js';
import type { OperatorSchema } from '../operator.js';

const granularityAttributes = { axis: int(1).from(13), block_size: int(0).from(21) };

export const quantizeLinearSchema = {
  name: 'QuantizeLinear',
  versions: [10, 13, 19, 21, 23, 24, 25],
  attributes: {
    ...granularityAttributes,
    output_dtype: int(0).from(21),
    precision: int(0).from(23),
    saturate: flag(true).from(19),
  },
} as const satisfies OperatorSchema;

export const dequantizeLinearSchema = {
  name: 'DequantizeLinear',
  versions: [10, 13, 19, 21, 23, 24, 25],
  attributes: { ...granularityAttributes, output_dtype: int(0).from(23) },
} as const satisfies OperatorSchema;

export const dynamicQuantizeLinearSchema = {
  name: 'DynamicQuantizeLinear',
  versions: [11],
  attributes: {},
} as const satisfies OperatorSchema;

export const convIntegerSchema = {
  name: 'ConvInteger',
  versions: [10],
  attributes: convolutionAttributes,
} as const satisfies OperatorSchema;

export const qLinearConvSchema = {
  name: 'QLinearConv',
  versions: [10],
  attributes: convolutionAttributes,
} as const satisfies OperatorSchema;

export const matMulIntegerSchema = {
  name: 'MatMulInteger',
  versions: [10],
  attributes: {},
} as const satisfies OperatorSchema;

export const qLinearMatMulSchema = {
  name: 'QLinearMatMul',
  versions: [10, 21],
  attributes: {},
} as const satisfies OperatorSchema;
