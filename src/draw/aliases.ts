/** Short names for open sizes that exporters gave long ones: `H` for `p2o.DynamicDimension.1`. */
import { symbolsOf } from '../ir/dim.js';
import { declaredShape, type Graph } from '../ir/graph.js';
import type { SizeAlias } from './drawing.js';

/** Longer names do not fit above a box. */
const longest = 5;

/** By rank, as axes are called where channels come first. */
const axisNames: ReadonlyMap<number, readonly string[]> = new Map([
  [3, ['N', 'C', 'L']],
  [4, ['N', 'C', 'H', 'W']],
  [5, ['N', 'C', 'D', 'H', 'W']],
]);

export function sizeAliases(graph: Graph): SizeAlias[] {
  const places = new Map<string, string>();
  for (const input of graph.inputs) {
    const shape = declaredShape(input) ?? [];
    for (const [axis, dim] of shape.entries())
      for (const name of symbolsOf(dim).keys())
        if (!places.has(name)) places.set(name, axisNames.get(shape.length)?.[axis] ?? (axis === 0 ? 'N' : 'L'));
  }
  const taken = new Set(places.keys());
  return [...places]
    .filter(([name]) => [...name].length > longest)
    .map(([name, place]) => {
      let alias = place;
      for (let i = 1; taken.has(alias); i++) alias = `${place}${i}`;
      taken.add(alias);
      return { alias, name };
    });
}
