/** Lowerings of operators that compute with integers alone. */
import type { Node } from '../../ir/graph.js';
import { modulo } from '../../ops/elementwise/modulo.js';
import { bitShiftSchema, bitwiseNotSchema, bitwiseSchemas } from '../../ops/elementwise/schemas.js';
import type { OperatorSchema } from '../../ops/operator.js';
import type { LoweringContext } from '../context/context.js';
import { lowerIntegers } from '../elementwise/integer-nodes.js';
import { defineLowering, floatsAndIntegers, integers, kernelsOf, type Lowering, unfitValue } from '../lowering.js';

/** Operators that have no tree of floats. */
function lowerIntegerNode(context: LoweringContext, node: Node): typeof unfitValue | undefined {
  return lowerIntegers(context, node) ? undefined : unfitValue;
}

export const lowerings: readonly Lowering[] = [
  defineLowering(modulo.Mod, kernelsOf(floatsAndIntegers), lowerIntegerNode),
  ...[bitwiseSchemas.and, bitwiseSchemas.or, bitwiseSchemas.xor, bitwiseNotSchema, bitShiftSchema].map((schema) =>
    defineLowering(schema as OperatorSchema, kernelsOf(integers), lowerIntegerNode),
  ),
];
