/** Element types that an operator's signature allows, for tests that give only shapes. */
import type { ElementType } from '../../src/ir/element-type.js';
import type { Node } from '../../src/ir/graph.js';
import { findOperator } from '../../src/ops/registry.js';
import { formalAt, formalsIn } from '../../src/ops/signature.js';
import { sinceVersion } from '../../src/ops/since-version.js';

/** The given types, and for those that are not given the one of their type variable, else float32, else the first allowed. */
export function completeTypes(
  node: Pick<Node, 'domain' | 'opType' | 'opset'>,
  given: readonly (ElementType | undefined)[],
): readonly ElementType[] {
  const operator = findOperator(node);
  if (operator === undefined) return given.map((type) => type ?? 'float32');
  const version = sinceVersion(operator.versions, node.opset);
  const formals = formalsIn(operator.inputs, version);
  const declared = given.map((_, place) => formalAt(formals, place)?.typeIn(version));
  const bound = new Map(declared.flatMap((type, i) => (given[i] === undefined ? [] : [[type, given[i]] as const])));
  return given.map((type, i) => {
    const formal = declared[i];
    const set = typeof formal === 'string' ? operator.types?.[formal] : formal;
    const allowed = set?.list(version) ?? ['float32'];
    const first = allowed.includes('float32') ? 'float32' : allowed[0]!;
    const shared = typeof formal === 'string' ? bound.get(formal) : undefined;
    return type ?? shared ?? first;
  });
}
