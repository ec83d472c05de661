/** The four steps of every ConvTranspose of a graph. */
import type { Inference } from '../infer/infer.js';
import type { Graph, Node } from '../ir/graph.js';
import { isConcrete } from '../ir/shape.js';
import { attributesOf } from '../ops/bind.js';
import { convTranspose, convTransposeGeometry } from '../ops/convolution/conv-transpose.js';
import { type DilatePadConvolve, dilatePadConvolve } from '../ops/convolution/dilate-pad-convolve.js';

/** Those whose sizes are known, by node. */
export function transposedPlans(graph: Graph, { types }: Inference): Map<Node, DilatePadConvolve> {
  const found = new Map<Node, DilatePadConvolve>();
  for (const node of graph.nodes) {
    const attributes = node.domain === '' ? attributesOf(convTranspose.ConvTranspose, node) : undefined;
    const [x, w] = [0, 1].map((i) => {
      const value = node.inputs[i];
      const shape = value && types.get(value)?.shape;
      return shape !== undefined && isConcrete(shape) ? shape : undefined;
    });
    if (attributes === undefined || x === undefined || w === undefined) continue;
    found.set(node, dilatePadConvolve(convTransposeGeometry(attributes, x, w)));
  }
  return found;
}
