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

/**
 * What each node is bound to, or why it does not fit its operator. Nodes do not change, passes make new ones, so this
 * holds for as long as a node exists. Nodes of operators that are not known yet have no entry.
 */
const known = new WeakMap<Node, BoundOperator | ProblemError>();

/**
 * The bound operator of a node; undefined if no operator of that name is known.
 * @throws ProblemError if the node's opset, attributes, inputs or outputs do not fit its operator
 */
export function bind(node: Node): BoundOperator | undefined {
  const before = known.get(node) ?? bindAnew(node);
  if (before instanceof ProblemError) throw before;
  return before;
}

function bindAnew(node: Node): BoundOperator | ProblemError | undefined {
  const bound = attempt(node);
  if (bound !== undefined) known.set(node, bound);
  return bound;
}

function attempt(node: Node): BoundOperator | ProblemError | undefined {
  try {
    return findOperator(node)?.bind(node);
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

/**
 * `bind` for callers that can do without: also undefined if the node does not fit its operator, which inference
 * reports.
 */
export function bindLeniently(node: Node): BoundOperator | undefined {
  const bound = known.get(node) ?? bindAnew(node);
  return bound instanceof ProblemError ? undefined : bound;
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

/**
 * The same by name, for code that is there where the operator is not loaded: `Op` is the type of the schema, which alone is
 * imported.
 */
export function boundTo<Op extends OperatorSchema>(name: Op['name'], node: Node | undefined): BoundTo<Op> | undefined {
  if (node?.opType !== name) return undefined;
  const bound = bindLeniently(node);
  return bound?.operator.domain === '' ? (bound as unknown as BoundTo<Op>) : undefined;
}

type BoundTo<Op> = Op extends OperatorSchema<infer S, string, infer I, infer O> ? BoundOperator<S, I, O> : never;

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
