/** Applies remedies to a graph. */
import { defineProblem, fail, type NodeReference, type RemedyEdit, type RemedyKind } from '../diagnostics.js';
import { type Attribute, emptyMetadata, type Graph, type Node, Value } from '../ir/graph.js';
import { GraphEditor, intsAttribute, withAttributes } from '../ir/graph-editor.js';
import { int64 } from '../ir/tensor.js';

/** The edited graph. @throws ProblemError US1002 if it does not have one of the nodes */
export function applyRemedy(graph: Graph, { kind, edits }: { kind: RemedyKind; edits: readonly RemedyEdit[] }): Graph {
  return edits.reduce((edited, edit) => applyEdit(edited, kind, edit), graph);
}

function applyEdit(graph: Graph, kind: RemedyKind, edit: RemedyEdit): Graph {
  const editor = new GraphEditor(graph);
  const node = findNode(graph, edit.node);
  if (kind === 'output_padding' || kind === 'output_shape') {
    editor.replace(node, { ...node, attributes: withAttributes(node, { [kind]: intsAttribute(edit.values) }) });
    return editor.finish();
  }
  const input = edit.input ?? 0;
  const data = node.inputs[input]!;
  const value = new Value(`${data.name}_${kind === 'pad' ? 'padded' : 'cropped'}`);
  const adjusting = kind === 'pad' ? padNode(editor, node, edit.values) : cropNode(editor, node, edit.values);
  editor.replace(
    node,
    { ...adjusting, inputs: [data, ...adjusting.inputs], outputs: [value] },
    { ...node, inputs: node.inputs.with(input, value) },
  );
  return editor.finish();
}

const nodeAbsent = defineProblem('US1103', { name: 'string', operator: 'string' }, ({ name, operator }) => ({
  message: `there is no node '${name}' (${operator}) in the graph`,
}));

function findNode(graph: Graph, { name, opType, index }: NodeReference): Node {
  const node = graph.nodes.find((item) => item.index === index && item.name === name && item.opType === opType);
  return node ?? fail(nodeAbsent({ name, operator: opType }));
}

function padNode(editor: GraphEditor, next: Node, pads: readonly number[]): Node {
  if (next.opset < 11) {
    return helper(next, 'Pad', [], { [next.opset < 2 ? 'paddings' : 'pads']: intsAttribute(pads) });
  }
  return helper(next, 'Pad', [editor.addConstant(`${next.name}_pads`, list(pads))]);
}

/**
 * A Slice that keeps each cropped axis from `begin` to its end minus `end`. Its end is negative, or beyond every size
 * if nothing is cropped there.
 */
function cropNode(editor: GraphEditor, next: Node, values: readonly number[]): Node {
  const rank = values.length / 2;
  const axes = Array.from({ length: rank }, (_, axis) => axis).filter(
    (axis) => values[axis]! + values[axis + rank]! > 0,
  );
  const starts = axes.map((axis) => values[axis]!);
  const ends = axes.map((axis) => (values[axis + rank] === 0 ? 2 ** 31 - 1 : -values[axis + rank]!));
  if (next.opset < 10) {
    const [a, b, c] = [starts, ends, axes].map(intsAttribute) as [Attribute, Attribute, Attribute];
    return helper(next, 'Slice', [], { starts: a, ends: b, axes: c });
  }
  const inputs = Object.entries({ starts, ends, axes }).map(([name, list_]) =>
    editor.addConstant(`${next.name}_${name}`, list(list_)),
  );
  return helper(next, 'Slice', inputs);
}

function list(values: readonly number[]) {
  return int64([values.length], values);
}

/** A node before `next` whose data input is not set yet. */
function helper(
  { name, index, opset }: Node,
  opType: string,
  inputs: readonly Value[],
  attributes: Readonly<Record<string, Attribute>> = {},
): Node {
  return {
    name: name === '' ? '' : `${name}_${opType}`,
    domain: '',
    opType,
    opset,
    inputs,
    outputs: [],
    attributes: new Map(Object.entries(attributes)),
    metadata: emptyMetadata,
    index,
  };
}
