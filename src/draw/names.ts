/** Names of blocks: the module that their layers have in common, as exporters record it. */
import type { Node } from '../ir/graph.js';
import { moduleOf } from '../ir/origin.js';

/** Of nodes with a module, those that have to be in the one that gives the name: a head may follow in the same block. */
const leastShare = 0.6;

/** The longest path that all of the nodes are in, or else most of them; '' where there is none. */
export function commonModule(nodes: readonly Node[]): string {
  const paths = nodes.map((node) => moduleOf(node)?.split('.') ?? []).filter((path) => path.length > 0);
  return commonPath(paths, 1) || commonPath(paths, leastShare);
}

function commonPath(paths: readonly (readonly string[])[], share: number): string {
  let inside = paths;
  for (let length = 0; ; length++) {
    const counts = new Map<string | undefined, number>();
    for (const path of inside) counts.set(path[length], (counts.get(path[length]) ?? 0) + 1);
    counts.delete(undefined);
    const [best] = [...counts].sort(([, a], [, b]) => b - a);
    if (best === undefined || best[1] < share * paths.length) return inside[0]?.slice(0, length).join('.') ?? '';
    inside = inside.filter((path) => path[length] === best[0]);
  }
}
