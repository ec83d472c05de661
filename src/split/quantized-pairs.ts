/**
 * A QuantizeLinear and the DequantizeLinear after it are one rounding. A part is cut before or after the pair, so that
 * its inputs and outputs are real numbers, not integers whose scale is in the other part.
 */
import { formatNode, type Problem, quoted } from '../diagnostics.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import type { OpenCut } from './closure.js';

export interface WholePairs {
  readonly cut: OpenCut;
  /** Which cuts were moved, and which could not be moved. */
  readonly notes: readonly Problem[];
}

/** Moves a cut between the two to after the DequantizeLinear, if there is only one. */
export function keepPairsWhole(graph: Graph, cut: OpenCut): WholePairs {
  const ends = new Set([...(cut.from ?? []), ...(cut.to ?? [])]);
  const quantized = new Map<Value, Node>();
  const readers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    const [output] = node.outputs;
    if (isNode(node, 'QuantizeLinear') && output !== undefined && ends.has(output)) quantized.set(output, node);
    const [input] = node.inputs;
    if (isNode(node, 'DequantizeLinear') && input !== undefined && ends.has(input))
      readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  const notes: Problem[] = [];
  const moved = new Map<Value, Value>();
  for (const [value, quantize] of quantized) {
    const [dequantize, ...others] = readers.get(value) ?? [];
    const target = dequantize?.outputs[0];
    if (dequantize === undefined || target === undefined) continue;
    if (others.length === 0) {
      moved.set(value, target);
      notes.push({
        code: 'US2107',
        message: `the cut at ${quoted(value.name)} is moved after ${formatNode(dequantize)}, to ${quoted(target.name)}: it would split the pair with ${formatNode(quantize)}`,
        value: value.name,
      });
      continue;
    }
    notes.push({
      code: 'US2105',
      message: `the cut at ${quoted(value.name)} splits ${formatNode(quantize)} from ${[dequantize, ...others].map(formatNode).join(', ')}`,
      value: value.name,
      hint: `name ${[dequantize, ...others].map(({ outputs }) => quoted(outputs[0]!.name)).join(', ')} in its place`,
    });
  }
  const move = (values: readonly Value[] | undefined) => values?.map((value) => moved.get(value) ?? value);
  return { cut: { from: move(cut.from), to: move(cut.to) }, notes };
}

function isNode({ domain, opType }: Node, wanted: string): boolean {
  return domain === '' && opType === wanted;
}
