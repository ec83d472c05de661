/** What lowers transposed convolutions whose phases are columns: it comes with graphs that may have one. */
import type { Graph, Node } from '../../ir/graph.js';
import { Part } from '../../limits/part.js';

export const phaseRows = new Part(() => import('./phase-rows.js'));

/** Whether the kernel of a transposed convolution is as wide as the least stride that whole vectors have. */
export function mayHavePhaseRows({ constants }: Graph, { opType, inputs }: Node): boolean {
  const weights = opType === 'ConvTranspose' ? inputs[1] : undefined;
  return weights !== undefined && (constants.get(weights)?.dims.at(-1) ?? 0) >= 8;
}
