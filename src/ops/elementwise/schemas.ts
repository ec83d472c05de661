/** Schemas of elementwise operators that are rare, separate from how they are computed, which is loaded on demand. */
import { text } from '../attributes.js';
import type { OperatorSchema } from '../operator.js';
import { required } from '../signature.js';
import { integers, unsigned } from '../type-set.js';

function bitwiseSchema<const N extends string>(name: N) {
  return {
    name,
    versions: [18],
    inputs: [required('A', 'T'), required('B', 'T')],
    outputs: [required('C', 'T')],
    types: { T: integers },
    attributes: {},
  } as const satisfies OperatorSchema;
}

export const bitwiseSchemas = {
  and: bitwiseSchema('BitwiseAnd'),
  or: bitwiseSchema('BitwiseOr'),
  xor: bitwiseSchema('BitwiseXor'),
} as const;

export const bitwiseNotSchema = {
  name: 'BitwiseNot',
  versions: [18],
  inputs: [required('X', 'T')],
  outputs: [required('Y', 'T')],
  types: { T: integers },
  attributes: {},
} as const satisfies OperatorSchema;

export const bitShiftSchema = {
  name: 'BitShift',
  versions: [11],
  inputs: [required('X', 'T'), required('Y', 'T')],
  outputs: [required('Z', 'T')],
  types: { T: unsigned },
  attributes: { direction: text().required().oneOf('LEFT', 'RIGHT') },
} as const satisfies OperatorSchema;
