/** Unpooling as exporters decompose it: a ScatterND of the pooled values into zeros, whose planes are one list. */
import { defineProblem } from '../../diagnostics.js';
import { formatShape } from '../../ir/shape.js';
import type { InferContext } from '../infer-context.js';

const planesDiffer = defineProblem('US1413', { pooled: 'shape', made: 'shape' }, ({ pooled, made }) => ({
  message: `the indices are positions in planes of ${formatShape(pooled)}, the tensor that was pooled, but they are used in planes of ${formatShape(made)}`,
  expected: formatShape(pooled),
  actual: formatShape(made),
  hint: 'give max_unpool the size that was pooled as its output_size',
}));

/**
 * Requires that indices of a MaxPool are used in planes like those that they count. The slowest axis of a plane may be
 * shorter, since it moves no position.
 */
export function requirePlanesAsPooled(context: InferContext<unknown>): void {
  const pooled = context.pooledShape(1);
  const made = context.flattenedShape(0);
  if (pooled === undefined || made === undefined || pooled.length !== made.length) return;
  for (let axis = 3; axis < made.length; axis++) {
    const what = `sizes at axis ${axis} of what is unpooled and of what was pooled`;
    context.unify(made[axis]!, pooled[axis]!, what, { otherwise: () => planesDiffer({ pooled, made }) });
  }
}
