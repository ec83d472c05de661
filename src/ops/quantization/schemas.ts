/**
 * Schemas of quantization operators, separate from how they are computed, because they are rare and loaded on demand.
 */
import { flag, int } from '../attributes.js';
import { convolutionAttributes } from '../convolution/conv.js';
import type { OperatorSchema } from '../operator.js';
import { optional, required } from '../signature.js';
import { bytes, float4s, float8s, float32s, int2s, int32s, powersOfTwo, TypeSet, uint8s } from '../type-set.js';

const scaleFloats = TypeSet.of('float16', 'bfloat16', 'float32');
/** Integers of 4, 8 and 16 bits. */
const shortIntegers = TypeSet.of('uint4', 'int4', 'uint8', 'int8', 'uint16', 'int16');
const quantizedBytes = bytes.from(21, float8s);

const granularityAttributes = { axis: int(1).from(13), block_size: int(0).from(21) };

export const quantizeLinearSchema = {
  name: 'QuantizeLinear',
  versions: [10, 13, 19, 21, 23, 24, 25],
  inputs: [
    required('x', 'T1'),
    required('y_scale', float32s).typeFrom(19, 'T1').typeFrom(23, 'T2'),
    optional('y_zero_point', 'T3'),
  ],
  outputs: [required('y', 'T3')],
  types: {
    T1: float32s.and(int32s).from(19, scaleFloats),
    T2: scaleFloats.and(int32s).from(24, powersOfTwo),
    T3: bytes.from(19, float8s).from(21, shortIntegers).from(23, float4s).from(25, int2s),
  },
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
  inputs: [required('x', 'T1'), required('x_scale', float32s).typeFrom(19, 'T2'), optional('x_zero_point', 'T1')],
  outputs: [required('y', float32s).typeFrom(19, 'T2').typeFrom(23, 'T3')],
  types: {
    T1: bytes.and(int32s).from(19, float8s).from(21, shortIntegers).from(23, float4s).from(25, int2s),
    T2: scaleFloats.from(24, powersOfTwo),
    T3: scaleFloats,
  },
  attributes: { ...granularityAttributes, output_dtype: int(0).from(23) },
} as const satisfies OperatorSchema;

export const dynamicQuantizeLinearSchema = {
  name: 'DynamicQuantizeLinear',
  versions: [11],
  inputs: [required('x', float32s)],
  outputs: [required('y', uint8s), required('y_scale', float32s), required('y_zero_point', uint8s)],
  attributes: {},
} as const satisfies OperatorSchema;

export const convIntegerSchema = {
  name: 'ConvInteger',
  versions: [10],
  inputs: [required('x', 'T1'), required('w', 'T2'), optional('x_zero_point', 'T1'), optional('w_zero_point', 'T2')],
  outputs: [required('y', int32s)],
  types: { T1: bytes, T2: bytes },
  attributes: convolutionAttributes,
} as const satisfies OperatorSchema;

export const qLinearConvSchema = {
  name: 'QLinearConv',
  versions: [10],
  inputs: [
    required('x', 'T1'),
    required('x_scale', float32s),
    required('x_zero_point', 'T1'),
    required('w', 'T2'),
    required('w_scale', float32s),
    required('w_zero_point', 'T2'),
    required('y_scale', float32s),
    required('y_zero_point', 'T3'),
    optional('B', int32s),
  ],
  outputs: [required('y', 'T3')],
  types: { T1: bytes, T2: bytes, T3: bytes },
  attributes: convolutionAttributes,
} as const satisfies OperatorSchema;

export const matMulIntegerSchema = {
  name: 'MatMulInteger',
  versions: [10],
  inputs: [required('A', 'T1'), required('B', 'T2'), optional('a_zero_point', 'T1'), optional('b_zero_point', 'T2')],
  outputs: [required('Y', int32s)],
  types: { T1: bytes, T2: bytes },
  attributes: {},
} as const satisfies OperatorSchema;

export const qLinearMatMulSchema = {
  name: 'QLinearMatMul',
  versions: [10, 21],
  inputs: [
    required('a', 'T1'),
    required('a_scale', float32s).typeFrom(21, 'TS'),
    required('a_zero_point', 'T1'),
    required('b', 'T2'),
    required('b_scale', float32s).typeFrom(21, 'TS'),
    required('b_zero_point', 'T2'),
    required('y_scale', float32s).typeFrom(21, 'TS'),
    required('y_zero_point', 'T3'),
  ],
  outputs: [required('y', 'T3')],
  types: { T1: quantizedBytes, T2: quantizedBytes, T3: quantizedBytes, TS: scaleFloats },
  attributes: {},
} as const satisfies OperatorSchema;
