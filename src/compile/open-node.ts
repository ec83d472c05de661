/** Which nodes wait for a run to be compiled. */
import { hasUnknown } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { isConcrete, type TensorType } from '../ir/shape.js';
import { readBy } from '../ir/uses.js';

const views: ReadonlySet<string> = new Set([
  ...['Flatten', 'Identity', 'Reshape', 'Shape', 'Size', 'Squeeze', 'Unsqueeze'],
]);

/** Whether references take no time for the node. */
export function isView({ domain, opType }: Node): boolean {
  return domain === '' && views.has(opType);
}

/** Whether sizes that a run shows have to be known for the node to be compiled. */
export function isOpenNode(node: Node, types: ReadonlyMap<Value, TensorType>): boolean {
  const read = [...readBy(node)].map((value) => types.get(value));
  const made = node.outputs.flatMap((output) => (output === undefined ? [] : [types.get(output)]));
  // Sequences have no sizes that a plan could be made for.
  if ([...read, ...made].some((type) => type?.sequence !== undefined)) return false;
  if (read.some((type) => type?.shape === undefined || !isConcrete(type.shape))) return true;
  // Its sizes are elements of what it reads, which a plan can be made for as well.
  return made.some((type) => type?.shape?.some(hasUnknown) === true);
}
