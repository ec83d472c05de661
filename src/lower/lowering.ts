/** How an operator is compiled: what adds the steps of its nodes. */
import type { Node } from '../ir/graph.js';
import type { AttributeSpecs } from '../ops/attributes.js';
import { isOf } from '../ops/bind.js';
import type { BoundOperator, OperatorSchema } from '../ops/operator.js';
import type { Formals } from '../ops/signature.js';
import type { LoweringContext } from './context/context.js';

/** The lowering of one operator, in all its versions. */
export interface Lowering {
  readonly schema: OperatorSchema;
  /**
   * Adds the steps that compute a node, or gives the reason why none can: its reference runs then. A reason is a noun phrase
   * of what the node has: "a bias that is computed".
   */
  lower(context: LoweringContext, node: Node, bound: BoundOperator): string | undefined;
}

/** @param lower gets attributes as the node's version has them, and values by the signature's names: it reads no others */
export function defineLowering<const S extends AttributeSpecs, const I extends Formals, const O extends Formals>(
  schema: OperatorSchema<S, string, I, O>,
  lower: (context: LoweringContext, node: Node, bound: BoundOperator<S, I, O>) => string | undefined,
): Lowering {
  return {
    schema,
    lower(context, node, bound) {
      if (!isOf(schema, bound)) throw new RangeError(`a node of ${bound.operator.name} is lowered as ${schema.name}`);
      return lower(context, node, bound);
    },
  };
}

/** The commonest reason: kernels need sizes, and compute with float32, which may hold integers. */
export const unknownShapes = 'shapes that only running shows, or a type that kernels do not compute with';
