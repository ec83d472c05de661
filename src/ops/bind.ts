/**
 * Binds nodes to their operators. A node is read once, by the version of its operator that is in force. All later code
 * gets the same typed attributes and named values, so no two parts of the compiler can interpret them differently.
 */
import { ProblemError } from '../diagnostics.js';
import type { Node } from '../ir/graph.js';
import type { AttributeSpecs, AttributeValues } from './attributes.js';
import type { BoundOperator, OperatorSchema } from './operator.js';
import { findOperator } from './registry.js';
import type { Formals } from './signature.js';

/** A cache; nodes do not change, passes make new ones. */
const known = new WeakMap<Node, BoundOperator>();

/**
 * The bound operator of a node; undefined if no operator of that name is known.
 * @throws ProblemError if the node's opset, attributes, inputs or outputs do not fit its operator
 */
export function bind(node: Node): BoundOperator | undefined {
  const before = known.get(node);
  if (before !== undefined) return before;
  const bound = findOperator(node)?.bind(node);
  if (bound !== undefined) known.set(node, bound);
  return bound;
}

/**
 * `bind` for callers that can do without: also undefined if the node does not fit its operator, which inference
 * reports.
 */
export function bindLeniently(node: Node): BoundOperator | undefined {
  try {
    return bind(node);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

/** The node bound to the operator; undefined if it has another one or does not fit it. */
export function boundAs<S extends AttributeSpecs, I extends Formals, O extends Formals>(
  schema: OperatorSchema<S, string, I, O>,
  node: Node | undefined,
): BoundOperator<S, I, O> | undefined {
  if (node?.opType !== schema.name) return undefined;
  const bound = bindLeniently(node);
  return bound !== undefined && isOf(schema, bound) ? bound : undefined;
}

/** The attributes of a node of the operator; undefined if it has another one or does not fit it. */
export function attributesOf<S extends AttributeSpecs>(
  schema: OperatorSchema<S>,
  node: Node | undefined,
): AttributeValues<S> | undefined {
  return boundAs(schema, node)?.attributes;
}

/** Whether the bound operator is the schema's, so that its attributes and values have the schema's types. */
export function isOf<S extends AttributeSpecs, I extends Formals, O extends Formals>(
  schema: OperatorSchema<S, string, I, O>,
  bound: BoundOperator,
): bound is BoundOperator<S, I, O> {
  const { operator } = bound;
  return operator.name === schema.name && operator.domain === (schema.domain ?? '') && hasSpecs(operator, schema);
}

function hasSpecs(operator: OperatorSchema, schema: OperatorSchema): boolean {
  return operator.attributes === schema.attributes;
}
