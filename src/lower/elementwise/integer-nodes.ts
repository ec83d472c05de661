/** Elementwise nodes of integers: what compiles them is loaded with graphs that have any. */
import type { Node } from '../../ir/graph.js';
import { Part } from '../../limits/part.js';
import { isIntegerType } from '../../wasm/kernels/cells.js';
import type { LoweringContext } from '../context/context.js';
import type { lowerIntegers as lowerLoaded } from './integers.js';

export const integerNodes = new Part<typeof lowerLoaded>(async () => (await import('./integers.js')).lowerIntegers);

/** Of floats as well it is computed number by number. */
export function isScalar({ opType }: Node): boolean {
  return opType === 'Mod';
}

/** @returns whether a loop of integers computes the node */
export function lowerIntegers(context: LoweringContext, node: Node): boolean {
  if (isScalar(node)) return integerNodes.value(context, node);
  const isInteger = [...node.inputs, ...node.outputs].some(
    (value) => value !== undefined && isIntegerType(context.values.elementType(value)),
  );
  return isInteger && integerNodes.value(context, node);
}
