/** Schemas of operators that are rare, separate from how they are computed, which is loaded on demand. */
import { int } from '../attributes.js';
import type { OperatorSchema } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, numbersAndBool } from '../type-set.js';

export const eyeLikeSchema = {
  name: 'EyeLike',
  versions: [9, 22],
  inputs: [required('input', 'T1')],
  outputs: [required('output', 'T2')],
  types: { T1: numbersAndBool.from(22, bfloat16s), T2: numbersAndBool.from(22, bfloat16s) },
  attributes: { dtype: int(), k: int(0) },
} as const satisfies OperatorSchema;
