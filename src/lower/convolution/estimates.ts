/** What algorithms are expected to need, worked out once for layers that are alike, as networks have many. */
import { type LoweringContext, perPlan } from '../context/context.js';
import { weightTypeOf } from '../weight-type.js';
import { becomesWideIntegers } from '../wide-integers.js';
import type { ConvolutionLayer } from './layer.js';
import { algorithmsOf, type EstimatedAlgorithm } from './select.js';

const estimates = perPlan(() => new Map<string, readonly EstimatedAlgorithm[]>());

/** `algorithmsOf`, which reads nothing of a layer but what the key has. */
export function estimatesOf(context: LoweringContext, layer: ConvolutionLayer): readonly EstimatedAlgorithm[] {
  const { groups, input, output, subconvolutions, finishIntegers, node, weights } = layer;
  const isExact = finishIntegers !== undefined || becomesWideIntegers(context, node.outputs[0]!);
  const isConstant = context.values.constant(weights) !== undefined;
  // Of fewer rows weights are never of more bits.
  const weightType = weightTypeOf(context, weights, 1);
  const key = JSON.stringify([groups, input, output, subconvolutions, isExact, isConstant, weightType]);
  const found = estimates(context).get(key) ?? algorithmsOf(context, layer);
  estimates(context).set(key, found);
  return found;
}
