/**
 * A QuantizeLinear and the DequantizeLinear after it are one rounding. A part is cut before or after the pair, so that
 * its inputs and outputs are real numbers, not integers whose scale is in the other part.
 */
import { defineProblem, formatNode, type Problem, quoted } from '../diagnostics.js';
import type { Graph, Node, Value } from '../ir/graph.js';
import type { OpenCut } from './closure.js';

export interface WholePairs {
  readonly cut: OpenCut;
  /** Which cuts were moved, and which could not be moved. */
  readonly notes: readonly Problem[];
}

const cutMoved = defineProblem(
  'US2107',
  { value: 'string', target: 'string', quantize: 'string', dequantize: 'string' },
  ({ value, target, quantize, dequantize }) => ({
    message: `the cut at ${quoted(value)} is moved after ${dequantize}, to ${quoted(target)}: it would split the pair with ${quantize}`,
    value,
  }),
);

const cutSplitsPair = defineProblem(
  'US2105',
  { value: 'string', quantize: 'string', dequantize: 'strings', targets: 'strings' },
  ({ value, quantize, dequantize, targets }) => ({
    message: `the cut at ${quoted(value)} splits ${quantize} from ${dequantize.join(', ')}`,
    value,
    hint: `name ${targets.map(quoted).join(', ')} in its place`,
  }),
);

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
      notes.push(
        cutMoved({
          value: value.name,
          target: target.name,
          quantize: formatNode(quantize),
          dequantize: formatNode(dequantize),
        }),
      );
      continue;
    }
    const parted = [dequantize, ...others];
    notes.push(
      cutSplitsPair({
        value: value.name,
        quantize: formatNode(quantize),
        dequantize: parted.map(formatNode),
        targets: parted.map(({ outputs }) => outputs[0]!.name),
      }),
    );
  }
  const move = (values: readonly Value[] | undefined) => values?.map((value) => moved.get(value) ?? value);
  return { cut: { from: move(cut.from), to: move(cut.to) }, notes };
}

function isNode({ domain, opType }: Node, wanted: string): boolean {
  return domain === '' && opType === wanted;
}
