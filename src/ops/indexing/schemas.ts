/** Schemas of operators that are rare, separate from how they are computed, which is loaded on demand. */
import { flag, int, ints, text } from '../attributes.js';
import type { OperatorSchema } from '../operator.js';
import { optional, required } from '../signature.js';
import { anyType, bfloat16s, bools, indexTypes, int64s, numbers, reals } from '../type-set.js';

/** Versions before 18 have fewer of these; later names are accepted in all versions. */
export const reductions = ['none', 'add', 'mul', 'max', 'min'] as const;

export const gatherNdSchema = {
  name: 'GatherND',
  versions: [11, 12, 13],
  inputs: [required('data', 'T'), required('indices', int64s)],
  outputs: [required('output', 'T')],
  types: { T: anyType },
  attributes: { batch_dims: int(0).from(12) },
} as const satisfies OperatorSchema;

export const scatterNdSchema = {
  name: 'ScatterND',
  versions: [11, 13, 16, 18],
  inputs: [required('data', 'T'), required('indices', int64s), required('updates', 'T')],
  outputs: [required('output', 'T')],
  types: { T: anyType },
  attributes: {
    reduction: text('none')
      .oneOf(...reductions)
      .from(16),
  },
} as const satisfies OperatorSchema;

export const nonZeroSchema = {
  name: 'NonZero',
  versions: [9, 13],
  inputs: [required('X', 'T')],
  outputs: [required('Y', int64s)],
  types: { T: anyType },
  attributes: {},
} as const satisfies OperatorSchema;

export const compressSchema = {
  name: 'Compress',
  versions: [9, 11],
  inputs: [required('input', 'T'), required('condition', bools)],
  outputs: [required('output', 'T')],
  types: { T: anyType },
  attributes: { axis: int() },
} as const satisfies OperatorSchema;

export const uniqueSchema = {
  name: 'Unique',
  versions: [11],
  inputs: [required('X', 'T')],
  outputs: [
    required('Y', 'T'),
    optional('indices', int64s),
    optional('inverse_indices', int64s),
    optional('counts', int64s),
  ],
  types: { T: anyType },
  attributes: { axis: int(), sorted: flag(true) },
} as const satisfies OperatorSchema;

export const topKSchema = {
  name: 'TopK',
  versions: [1, 10, 11, 24],
  inputs: [required('X', 'T'), required('K', int64s).from(10)],
  outputs: [required('Values', 'T'), required('Indices', int64s)],
  types: { T: reals.from(11, numbers).from(24, bfloat16s) },
  attributes: {
    axis: int(-1),
    k: int().requiredBefore(10).before(10),
    largest: flag(true).from(11),
    sorted: flag(true).from(11),
  },
} as const satisfies OperatorSchema;

export const gatherElementsSchema = {
  name: 'GatherElements',
  versions: [11, 13],
  inputs: [required('data', 'T'), required('indices', 'Tind')],
  outputs: [required('output', 'T')],
  types: { T: anyType, Tind: indexTypes },
  attributes: { axis: int(0) },
} as const satisfies OperatorSchema;

const scatterFormals = {
  inputs: [required('data', 'T'), required('indices', 'Tind'), required('updates', 'T')],
  outputs: [required('output', 'T')],
  types: { T: anyType, Tind: indexTypes },
  attributes: {
    axis: int(0),
    reduction: text('none')
      .oneOf(...reductions)
      .from(16),
  },
} as const;

export const scatterElementsSchema = {
  name: 'ScatterElements',
  versions: [11, 13, 16, 18],
  ...scatterFormals,
} as const satisfies OperatorSchema;

/** The older name of ScatterElements. */
export const scatterSchema = { name: 'Scatter', versions: [9], ...scatterFormals } as const satisfies OperatorSchema;

export const oneHotSchema = {
  name: 'OneHot',
  versions: [9, 11],
  inputs: [required('indices', 'T1'), required('depth', 'T2'), required('values', 'T3')],
  outputs: [required('output', 'T3')],
  types: { T1: numbers, T2: numbers, T3: anyType },
  attributes: { axis: int(-1) },
} as const satisfies OperatorSchema;

export const triluSchema = {
  name: 'Trilu',
  versions: [14],
  inputs: [required('input', 'T'), optional('k', int64s)],
  outputs: [required('output', 'T')],
  types: { T: anyType },
  attributes: { upper: flag(true) },
} as const satisfies OperatorSchema;

export const col2ImSchema = {
  name: 'Col2Im',
  versions: [18],
  inputs: [required('input', 'T'), required('image_shape', int64s), required('block_shape', int64s)],
  outputs: [required('output', 'T')],
  types: { T: anyType },
  attributes: { dilations: ints(), pads: ints(), strides: ints() },
} as const satisfies OperatorSchema;
