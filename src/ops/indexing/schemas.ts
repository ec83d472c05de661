/** What nodes of ScatterND say, apart from how they are computed: they are rare, and loaded when asked for. */
import { text } from '../attributes.js';
import type { OperatorSchema } from '../operator.js';

/** Versions before 18 know fewer; a name that came later is understood in all of them. */
export const reductions = ['none', 'add', 'mul', 'max', 'min'] as const;

export const scatterNdSchema = {
  name: 'ScatterND',
  versions: [11, 13, 16, 18],
  attributes: {
    reduction: text('none')
      .oneOf(...reductions)
      .from(16),
  },
} as const satisfies OperatorSchema;
