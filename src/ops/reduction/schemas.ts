/** Schemas of operators that are rare, separate from how they are computed, which is loaded on demand. */
import { flag } from '../attributes.js';
import type { OperatorSchema } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, indexTypes, TypeSet, wideNumbers } from '../type-set.js';

const cumulative = {
  inputs: [required('x', 'T'), required('axis', 'T2')],
  outputs: [required('y', 'T')],
  attributes: { exclusive: flag(false), reverse: flag(false) },
} as const;

export const cumSumSchema = {
  name: 'CumSum',
  versions: [11, 14],
  types: {
    T: TypeSet.of('float32', 'float64', 'int32', 'int64', 'uint32', 'uint64').from(14, wideNumbers, bfloat16s),
    T2: indexTypes,
  },
  ...cumulative,
} as const satisfies OperatorSchema;

export const cumProdSchema = {
  name: 'CumProd',
  versions: [26],
  types: { T: wideNumbers.and(bfloat16s), T2: indexTypes },
  ...cumulative,
} as const satisfies OperatorSchema;
