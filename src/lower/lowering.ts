import type { Node } from '../ir/graph.js';
import type { LoweringContext } from './context.js';

/**
 * Adds the steps that compute a node, or gives the reason why none can: its reference runs then. A reason is a noun phrase
 * of what the node has: "a bias that is computed".
 */
export type Lowering = (context: LoweringContext, node: Node) => string | undefined;

/** The commonest reason: kernels need sizes, and compute with float32, which may hold integers. */
export const unknownShapes = 'shapes that only running shows, or a type that kernels do not compute with';
