/** Elementwise nodes of integers: what compiles them is loaded with graphs that have any. */
import type { Node } from '../../ir/graph.js';
import { Part } from '../../limits/part.js';
import { isIntegerType } from '../../wasm/kernels/cells.js';
import type { LoweringContext } from '../context/context.js';
import type { lowerIntegers as lowerLoaded } from './integers.js';

export const integerNodes = new Part<typeof lowerLoaded>(async () => (await import('./integers.js')).lowerIntegers);

/** @returns whether a loop of integers computes the node */
export function lowerIntegers(context: LoweringContext, node: Node): boolean {
  const isInteger = [...node.inputs, ...node.outputs].some(
    (value) => value !== undefined && isIntegerType(context.values.elementType(value)),
  );
  return isInteger && integerNodes.value(context, node);
}
