/** Schemas of operators that are rare, separate from how they are computed, which is loaded on demand. */
import { flag, text } from '../attributes.js';
import type { OperatorSchema } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, classicTypes, reals } from '../type-set.js';

export const gridSampleSchema = {
  name: 'GridSample',
  versions: [16, 20, 22],
  inputs: [required('X', 'T1'), required('grid', 'T2')],
  outputs: [required('Y', 'T1')],
  types: { T1: classicTypes.from(22, bfloat16s), T2: reals.from(22, bfloat16s) },
  attributes: {
    align_corners: flag(false),
    mode: text('bilinear').oneOf('linear', 'bilinear', 'nearest', 'cubic', 'bicubic').defaultFrom(20, 'linear'),
    padding_mode: text('zeros').oneOf('zeros', 'border', 'reflection'),
  },
} as const satisfies OperatorSchema;
