/** What plans the graphs inside nodes, and cuts sections: it comes with a graph that has some, or that has sizes only a run shows. */
import type { Graph, Value } from '../ir/graph.js';
import type { TensorType } from '../ir/shape.js';
import { Part } from '../limits/part.js';
import { isOpenNode, isView } from './open-node.js';

export const innerGraphs = new Part(() => import('./inner-graphs.js'));

/** Whether something in the graph, views apart, waits for sizes that a run shows. */
export function hasOpenNodes({ nodes }: Graph, types: ReadonlyMap<Value, TensorType>): boolean {
  return nodes.some((node) => !isView(node) && isOpenNode(node, types));
}
