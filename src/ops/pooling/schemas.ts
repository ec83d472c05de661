/** Schemas of poolings that are rare, separate from how they are computed, which is loaded on demand. */
import { float, int, ints, text } from '../attributes.js';
import type { OperatorSchema } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, int64s, reals } from '../type-set.js';

export const roiAlignSchema = {
  name: 'RoiAlign',
  versions: [10, 16, 22],
  inputs: [required('X', 'T1'), required('rois', 'T1'), required('batch_indices', int64s)],
  outputs: [required('Y', 'T1')],
  types: { T1: reals.from(22, bfloat16s) },
  attributes: {
    coordinate_transformation_mode: text('half_pixel').oneOf('half_pixel', 'output_half_pixel').from(16),
    mode: text('avg').oneOf('avg', 'max'),
    output_height: int(1),
    output_width: int(1),
    sampling_ratio: int(0),
    spatial_scale: float(1),
  },
} as const satisfies OperatorSchema;

export const maxRoiPoolSchema = {
  name: 'MaxRoiPool',
  versions: [1, 22],
  inputs: [required('X', 'T'), required('rois', 'T')],
  outputs: [required('Y', 'T')],
  types: { T: reals.from(22, bfloat16s) },
  attributes: { pooled_shape: ints().required(), spatial_scale: float(1) },
} as const satisfies OperatorSchema;
