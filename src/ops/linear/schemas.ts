/** Schemas of operators that are rare, separate from how they are computed, which is loaded on demand. */
import type { OperatorSchema } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, reals } from '../type-set.js';

export const detSchema = {
  name: 'Det',
  versions: [11, 22],
  inputs: [required('X', 'T')],
  outputs: [required('Y', 'T')],
  types: { T: reals.from(22, bfloat16s) },
  attributes: {},
} as const satisfies OperatorSchema;
