/** Products and affine maps in a graph, read off the nodes that multiply and add. */
import type { Node, Value } from '../../ir/graph.js';
import type { GraphEditor } from '../../ir/graph-editor.js';
import { boundAs } from '../../ops/bind.js';
import { arithmetic } from '../../ops/elementwise/arithmetic.js';
import { type Affine, affineBy, constantOperand } from '../affine.js';
import { alignsLastAxes } from '../alignment.js';
import { scalarOf } from '../constants.js';

/** How deep products nest that are followed: no exporter nests deeper. */
const maxProductDepth = 5;
const maxLineLength = 3;

/** A value as a number times factors, by these nodes. */
export interface Cut {
  readonly scale: number;
  readonly factors: readonly Value[];
  readonly nodes: readonly Node[];
}

/** A value as an affine map of another, by these nodes. */
export interface AffineChain extends Affine {
  readonly of: Value;
  readonly nodes: readonly Node[];
}

/** A node of ai.onnx that makes the value, and lays its operands on one another as they are today. */
export function producerOf(value: Value, editor: GraphEditor): Node | undefined {
  const node = editor.producer(value);
  if (node === undefined || node.domain !== '') return undefined;
  // Where one number lies does not matter.
  return alignsLastAxes(node) || node.inputs.some((input) => scalarOf(input, editor) !== undefined) ? node : undefined;
}

/** The ways to read the value as a product of `count` factors, those of fewer nodes first. */
export function* cutsOf(value: Value, count: number, editor: GraphEditor, depth = maxProductDepth): Iterable<Cut> {
  if (count === 1) yield { scale: 1, factors: [value], nodes: [] };
  const node = depth === 0 ? undefined : producerOf(value, editor);
  if (node?.opType !== 'Mul' && node?.opType !== 'Div') return;
  const operand = constantOperand(node, editor);
  const number = operand && scalarOf(operand.constant, editor);
  if (operand !== undefined && number !== undefined) {
    const scale = affineBy(node.opType, number, operand.isLeft)?.scale;
    if (scale === undefined || !Number.isFinite(scale)) return;
    for (const cut of cutsOf(operand.other, count, editor, depth - 1))
      yield { scale: cut.scale * scale, factors: cut.factors, nodes: [node, ...cut.nodes] };
    return;
  }
  const factors = boundAs(arithmetic.Mul, node)?.inputs;
  if (factors === undefined) return;
  const { A: a, B: b } = factors;
  for (let left = 1; left < count; left++) {
    for (const first of cutsOf(a, left, editor, depth - 1)) {
      for (const second of cutsOf(b, count - left, editor, depth - 1)) {
        yield {
          scale: first.scale * second.scale,
          factors: [...first.factors, ...second.factors],
          nodes: [node, ...first.nodes, ...second.nodes],
        };
      }
    }
  }
}

/** The values that the value is an affine map of, the farthest first. */
export function linesOf(value: Value, editor: GraphEditor): readonly AffineChain[] {
  const lines: AffineChain[] = [];
  let last: AffineChain = { of: value, scale: 1, shift: 0, nodes: [] };
  while (lines.length < maxLineLength) {
    const node = producerOf(last.of, editor);
    const operand = node && constantOperand(node, editor);
    const number = operand && scalarOf(operand.constant, editor);
    if (node === undefined || operand === undefined || number === undefined) break;
    const step = affineBy(node.opType, number, operand.isLeft);
    if (step === undefined) break;
    const { scale, shift, nodes } = last;
    last = { of: operand.other, scale: scale * step.scale, shift: shift + scale * step.shift, nodes: [...nodes, node] };
    lines.unshift(last);
  }
  return lines;
}
