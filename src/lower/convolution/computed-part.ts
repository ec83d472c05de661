/** What packs weights and biases in the run: it comes with graphs of convolutions that have computed ones. */
import type { Graph, Node } from '../../ir/graph.js';
import { Part } from '../../limits/part.js';

export const computedWeights = new Part(() => import('./computed-weights.js'));

/** Whether a convolution reads weights or a bias that a run computes. */
export function hasComputedWeights({ constants }: Graph, { opType, inputs }: Node): boolean {
  if (opType !== 'Conv' && opType !== 'ConvTranspose') return false;
  return inputs.slice(1).some((value) => value !== undefined && !constants.has(value));
}
