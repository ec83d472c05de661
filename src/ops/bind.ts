/**
 * Nodes and their operators. A node is read once, by the version of its operator that is in force: whatever asks afterwards
 * gets the same typed attributes and named values, so that no two parts of a compiler can take them differently.
 */
import { ProblemError } from '../diagnostics.js';
import type { Node } from '../ir/graph.js';
import type { AttributeSpecs, AttributeValues } from './attributes.js';
import type { BoundOperator, OperatorSchema } from './operator.js';
import { findOperator } from './registry.js';
import type { Formals } from './signature.js';

/** Nodes do not change: passes make new ones. */
const known = new WeakMap<Node, BoundOperator>();

/**
 * The operator of a node with its attributes read; undefined where no operator of that name is known.
 * @throws ProblemError when the node does not fit its operator: its set, attributes, inputs or outputs
 */
export function bind(node: Node): BoundOperator | undefined {
  const before = known.get(node);
  if (before !== undefined) return before;
  const bound = findOperator(node)?.bind(node);
  if (bound !== undefined) known.set(node, bound);
  return bound;
}

/** `bind` for what goes on without: undefined also where the node does not fit its operator, which inference reports. */
export function bindLeniently(node: Node): BoundOperator | undefined {
  try {
    return bind(node);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

/** A node that is of the operator, bound; undefined for others, and for nodes that do not fit it. */
export function boundAs<S extends AttributeSpecs, I extends Formals, O extends Formals>(
  schema: OperatorSchema<S, string, I, O>,
  node: Node | undefined,
): BoundOperator<S, I, O> | undefined {
  if (node?.opType !== schema.name) return undefined;
  const bound = bindLeniently(node);
  return bound !== undefined && isOf(schema, bound) ? bound : undefined;
}

/** The attributes of a node that is of the operator; undefined for others, and for nodes that do not fit it. */
export function attributesOf<S extends AttributeSpecs>(
  schema: OperatorSchema<S>,
  node: Node | undefined,
): AttributeValues<S> | undefined {
  return boundAs(schema, node)?.attributes;
}

/** Whether what was read is of the operator that a schema describes: then its attributes and values are the schema's. */
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
