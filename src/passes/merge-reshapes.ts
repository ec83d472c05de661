/**
 * Nodes that only give the elements another shape: Reshape, Flatten, Squeeze, Unsqueeze, a Transpose that moves nothing but
 * axes of size 1, a Gather of all there is along such an axis. In a row they are one Reshape, or nothing.
 */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Node, Value } from '../ir/graph.js';
import { type GraphEditor, nodeInPlace } from '../ir/graph-editor.js';
import type { Shape } from '../ir/shape.js';
import { elementCount, int64 } from '../ir/tensor.js';
import { attributesOf, boundAs } from '../ops/bind.js';
import { gathering } from '../ops/indexing/gather.js';
import { transposing } from '../ops/movement/transpose.js';
import { integersAt } from './constants.js';
import { type Pass, visitNodes } from './pass.js';

/** The version since which the shape is an input. */
const reshapeSince = 5;

export const mergeReshapes: Pass = {
  name: 'merge-reshapes',
  readsTypes: true,
  keepsTypes: true,
  run: visitNodes((node, editor, inference) =>
    isReshaping(node, editor, inference) ? merge(node, editor, inference) : undefined,
  ),
};

function merge(node: Node, editor: GraphEditor, inference: Inference): string | undefined {
  const between = node.inputs[0]!;
  const before = editor.producer(between);
  const isRow = before !== undefined && isReshaping(before, editor, inference);
  // A single node that is a Reshape by another name gains nothing, but for those that copy elsewhere.
  if (!isRow && node.opType !== 'Transpose' && node.opType !== 'Gather') return undefined;
  const source = isRow ? before.inputs[0]! : between;
  const output = node.outputs[0]!;
  const from = inference.types.get(source)?.shape;
  const to = inference.types.get(output)?.shape;
  if (from === undefined || to === undefined) return undefined;
  const isSame = from.length === to.length && from.every((size, axis) => size === to[axis]);
  let note: string;
  if (isSame && !editor.isFixed(output)) {
    editor.forward(output, source);
    editor.remove(node);
    note = isRow ? `${formatNode(before)} and ${formatNode(node)} cancel` : `${formatNode(node)} changes nothing`;
  } else {
    const target = targetFor(from, to);
    if (target === undefined) return `${formatNode(node)} stays: the sizes of its result are open, or 0`;
    const shape = editor.addConstant(`${output.name}/shape`, int64([target.length], target));
    editor.replace(node, nodeInPlace(node, 'Reshape', reshapeSince, [source, shape]));
    note = isRow ? `${formatNode(before)} and ${formatNode(node)} are one` : `${formatNode(node)} is a Reshape`;
  }
  if (isRow && editor.readers(between).length === 0 && !editor.isFixed(between)) editor.remove(before);
  return note;
}

/** Whether the node's first input has its output's elements in their order. */
function isReshaping(node: Node, editor: GraphEditor, inference: Inference): boolean {
  const [input] = node.inputs;
  if (node.domain !== '' || input === undefined || node.outputs.length !== 1) return false;
  switch (node.opType) {
    case 'Reshape':
    case 'Flatten':
    case 'Squeeze':
    case 'Unsqueeze':
      return true;
    case 'Transpose':
      return movesOnes(node, input, inference);
    case 'Gather':
      return takesTheOne(node, input, editor, inference);
    default:
      return false;
  }
}

/** Axes of more than one element keep their order. */
function movesOnes(node: Node, input: Value, inference: Inference): boolean {
  const shape = inference.types.get(input)?.shape;
  const attributes = attributesOf(transposing.Transpose, node);
  const order = attributes?.perm ?? shape?.map((_, axis) => shape.length - 1 - axis);
  if (shape === undefined || order?.length !== shape.length) return false;
  const moved = order.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
}

/** A Gather by one index along an axis of one element. */
function takesTheOne(node: Node, input: Value, editor: GraphEditor, inference: Inference): boolean {
  const shape = inference.types.get(input)?.shape;
  const bound = boundAs(gathering.Gather, node);
  if (shape === undefined || bound === undefined) return false;
  const { axis } = bound.attributes;
  if (shape[axis < 0 ? axis + shape.length : axis] !== 1) return false;
  const indices = editor.constant(bound.inputs.indices);
  if (indices === undefined || elementCount(indices.dims) !== 1) return false;
  const [index] = integersAt(bound.inputs.indices, editor) ?? [];
  return index === 0 || index === -1;
}

/**
 * The shape as Reshape takes it: 0 for an open size of the source at the same place, or one −1 for what follows from
 * numbers; both together have no meaning where the tensor is empty.
 */
function targetFor(from: Shape, to: Shape): number[] | undefined {
  const open = to.filter((size) => typeof size !== 'number').length;
  const target = to.map((size, axis) => {
    if (typeof size === 'number') return size === 0 ? undefined : size;
    if (from[axis] === size) return 0;
    return open === 1 ? -1 : undefined;
  });
  return target.every((size) => size !== undefined) ? target : undefined;
}
