/** Operators that are others plus something, such as a convolution with its activation, become these others. */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Graph, Node } from '../ir/graph.js';
import { GraphEditor } from '../ir/graph-editor.js';
import { numbersOf } from '../ir/numeric.js';
import { constantsOf } from '../ir/quantity.js';
import { elementCount } from '../ir/tensor.js';
import { Expansion, type ExpansionFacts } from '../ops/expansion.js';
import type { Pass } from './pass.js';

/** Constants with more elements are not read to decide on an expansion. */
const maxNumbers = 1024;

export const expandOperators: Pass = {
  name: 'expand-operators',
  readsTypes: true,
  run(graph, inference) {
    const expandable = graph.nodes.filter((node) => inference.operators.get(node)?.operator.expands);
    if (expandable.length === 0) return { graph, notes: [] };
    const editor = new GraphEditor(graph);
    const facts = factsOf(graph, inference, editor);
    const notes = expandable.map((node) => {
      const expansion = new Expansion(node, facts);
      const reason = inference.operators.get(node)!.expand(expansion);
      if (reason !== undefined) return `${formatNode(node)} stays: ${reason}`;
      editor.replace(node, ...expansion.nodes);
      return `${formatNode(node)} becomes ${operatorsOf(expansion.nodes)}`;
    });
    return { graph: editor.finish(), notes };
  },
};

function operatorsOf(nodes: readonly Node[]): string {
  return nodes.map(({ opType }) => opType).join(', ');
}

function factsOf(graph: Graph, inference: Inference, editor: GraphEditor): ExpansionFacts {
  const names = new Set<string>();
  for (const { name } of [...graph.inputs, ...graph.constants.keys()]) names.add(name);
  for (const { outputs } of graph.nodes) for (const value of outputs) if (value !== undefined) names.add(value.name);
  const nameFor = (name: string) => {
    let own = name;
    for (let i = 2; names.has(own); i++) own = `${name}.${i}`;
    names.add(own);
    return own;
  };
  return {
    elementType: (value) => inference.types.get(value)?.elementType,
    shape: (value) => inference.types.get(value)?.shape,
    numbers: (value) => {
      const known = inference.known.get(value);
      if (known !== undefined) return constantsOf(known);
      const constant = editor.constant(value);
      if (constant === undefined || elementCount(constant.dims) > maxNumbers || constant.type === 'string')
        return undefined;
      return Array.from(numbersOf(constant.load()));
    },
    nameFor,
    addConstant: (name, tensor) => editor.addConstant(nameFor(name), tensor),
  };
}
