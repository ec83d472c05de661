/**
 * Transposes that exporters from channels-last frameworks put around every layer: moved down through operators that work
 * element by element, until two meet and become one or none.
 */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import { emptyMetadata, type Node, Value } from '../ir/graph.js';
import { type GraphEditor, intsAttribute, withAttributes } from '../ir/graph-editor.js';
import { elementCount } from '../ir/tensor.js';
import { attributesOf, bindLeniently } from '../ops/bind.js';
import { transposing } from '../ops/movement/transpose.js';
import { alignsLastAxes } from './alignment.js';
import { rankOf } from './output-channels.js';
import { type Pass, visitNodes } from './pass.js';

/** Whether the result is made of the first input alone, each element by itself: the bounds of Clip are numbers for all. */
function isUnary(node: Node): boolean {
  const operator = bindLeniently(node)?.operator;
  if (!operator?.isElementwise) return false;
  const [first, second] = operator.inputs;
  return operator.name === 'Clip' || (second === undefined && first?.isVariadic === false);
}

/** Elementwise with broadcasting. */
const broadcasting = new Set(['Add', 'Div', 'Max', 'Min', 'Mul', 'PRelu', 'Pow', 'Sub']);

export const cancelTransposes: Pass = {
  name: 'cancel-transposes',
  readsTypes: true,
  run: visitNodes((node, editor, inference) =>
    node.opType === 'Transpose' ? merge(node, editor) : sink(node, editor, inference),
  ),
};

function permutationOf(node: Node | undefined): readonly number[] | undefined {
  return attributesOf(transposing.Transpose, node)?.perm;
}

/** A Transpose of a Transpose: one, or none when they undo one another. */
function merge(node: Node, editor: GraphEditor): string[] {
  const before = editor.producer(node.inputs[0]);
  const [first, second] = [permutationOf(before), permutationOf(node)];
  if (first === undefined || second === undefined || first.length !== second.length) return [];
  const order = second.map((axis) => first[axis]!);
  const source = before!.inputs[0]!;
  const output = node.outputs[0]!;
  const cancels = order.every((axis, i) => axis === i);
  if (cancels && !editor.isFixed(output)) {
    editor.forward(output, source);
    editor.remove(node);
  } else {
    editor.replace(node, {
      ...node,
      inputs: [source],
      attributes: withAttributes(node, { perm: intsAttribute(order) }),
    });
  }
  removeUnread(before!, editor);
  return [`${formatNode(before!)} and ${formatNode(node)} ${cancels ? 'cancel' : 'are one'}`];
}

/** Transpose → elementwise becomes elementwise → Transpose, where every transposed input agrees. */
function sink(node: Node, editor: GraphEditor, inference: Inference): string[] {
  if (node.outputs.length !== 1) return [];
  const isBroadcast = broadcasting.has(node.opType);
  // Where the second operand lies is counted from the other end: in the other order that would be another place.
  if (isBroadcast && !alignsLastAxes(node)) return [];
  if (!isBroadcast && !isUnary(node)) return [];
  const data = isBroadcast ? node.inputs : node.inputs.slice(0, 1);
  const transposes = data.map((input) => editor.producer(input)).filter((producer) => permutationOf(producer));
  const [transpose] = transposes;
  const order = permutationOf(transpose);
  if (transpose === undefined || order === undefined) return [];
  const output = node.outputs[0]!;
  if (rankOf(output, inference) !== order.length || !node.inputs.every((input) => input !== undefined)) return [];

  const inputs = node.inputs.map((input, i) => (i < data.length ? sourceOf(input, order, editor) : input));
  if (inputs.some((input) => input === undefined)) return [];
  const inner = new Value(`${output.name}/transposed`);
  const moved: Node = { ...node, inputs, outputs: [inner] };
  const after: Node = {
    ...transpose,
    name: `${node.name || output.name}/transpose`,
    inputs: [inner],
    outputs: [output],
    metadata: emptyMetadata,
  };
  editor.replace(node, moved, after);
  for (const item of new Set(transposes)) removeUnread(item!, editor);
  return [`${formatNode(transpose)} moves after ${formatNode(node)}`];
}

/**
 * What the operand is before the transposition: its source, or a constant whose elements lie along one axis at most, so
 * that the other order is only another shape.
 */
function sourceOf(input: Value | undefined, order: readonly number[], editor: GraphEditor): Value | undefined {
  const producer = editor.producer(input);
  if (permutationOf(producer)?.join() === order.join()) return producer!.inputs[0];
  const constant = editor.constant(input);
  if (constant === undefined || constant.dims.length > order.length) return undefined;
  if (elementCount(constant.dims) === 1) return input;
  if (constant.dims.filter((size) => size !== 1).length > 1) return undefined;
  const padded = [...new Array<number>(order.length - constant.dims.length).fill(1), ...constant.dims];
  const dims = padded.map((_, axis) => padded[order.indexOf(axis)]!);
  return editor.addConstant(`${input!.name}/transposed`, constant.load().reshape(dims));
}

function removeUnread(node: Node, editor: GraphEditor): void {
  const output = node.outputs[0]!;
  if (editor.readers(output).length === 0 && !editor.isFixed(output)) editor.remove(node);
}
