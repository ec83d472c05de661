/**
 * PRelu and LeakyRelu, x where it is positive and slope·x elsewhere, as exporters write them: by comparison and Where, by
 * Relu(x) − slope·Relu(−x), or as the larger of x and slope·x.
 */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Node, Value } from '../ir/graph.js';
import type { GraphEditor } from '../ir/graph-editor.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { rankOf } from './output-channels.js';
import {
  fuse,
  fuseNote,
  fusingPass,
  isSameFloat,
  madeBy,
  nodeInPlace,
  productOf,
  scalarOf,
  withScalar,
} from './pattern.js';

/** From these versions on attributes and broadcasting are as they are today. */
const preluSince = 9;
const leakySince = 6;

export const fusePRelu = fusingPass('fuse-prelu', ['Where', 'Add', 'Sub', 'Max'], (root, editor, inference) => {
  const rectified = rectifiedBy(root, editor);
  if (rectified === undefined) return undefined;
  const { x, slope } = rectified;
  if (!isSameFloat(x, root.outputs[0]!, inference)) return undefined;
  const node = rectifier(root, x, slope, editor, inference);
  if (node === undefined) return `${formatNode(root)} stays: the slope does not broadcast to '${x.name}'`;
  return fuseNote(root, node.opType, fuse(root, node.inputs.slice(0, 2) as Value[], node, editor));
});

/** A slope of one number, or a value; of a value the opposite where `isNegated`. */
type Slope = number | { readonly value: Value; readonly isNegated: boolean };

interface Rectified {
  readonly x: Value;
  readonly slope: Slope;
}

function rectifier(root: Node, x: Value, slope: Slope, editor: GraphEditor, inference: Inference): Node | undefined {
  if (typeof slope === 'number') {
    const alpha = { kind: 'float', value: Math.fround(slope) } as const;
    return nodeInPlace(root, 'LeakyRelu', leakySince, [x], new Map([['alpha', alpha]]));
  }
  const rank = rankOf(x, inference);
  const slopeRank = editor.constant(slope.value)?.dims.length ?? rankOf(slope.value, inference);
  if (rank === undefined || slopeRank === undefined || slopeRank > rank) return undefined;
  if (!slope.isNegated) return nodeInPlace(root, 'PRelu', preluSince, [x, slope.value]);
  const constant = editor.constant(slope.value);
  if (constant === undefined) return undefined;
  const opposite = Float64Array.from(numbersOf(constant.load()), (value) => -value);
  const name = `${root.outputs[0]!.name}/slope`;
  const value = editor.addConstant(name, tensorFromNumbers(constant.type, constant.dims, opposite));
  return nodeInPlace(root, 'PRelu', preluSince, [x, value]);
}

function rectifiedBy(root: Node, editor: GraphEditor): Rectified | undefined {
  switch (root.opType) {
    case 'Where':
      return byWhere(root, editor);
    case 'Max':
      return byMax(root, editor);
    default:
      return byRelus(root, editor);
  }
}

/** Where(x > 0, x, slope·x) and its mirror image; at 0 all are 0. */
function byWhere({ inputs: [condition, yes, no] }: Node, editor: GraphEditor): Rectified | undefined {
  const comparison = madeBy(condition, editor, 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual');
  const [left, right] = comparison?.inputs ?? [];
  if (comparison === undefined || left === undefined || right === undefined) return undefined;
  const isLeftZero = scalarOf(left, editor) === 0;
  if (!isLeftZero && scalarOf(right, editor) !== 0) return undefined;
  const x = isLeftZero ? right : left;
  const isAbove = comparison.opType.startsWith('Greater') !== isLeftZero;
  const [positive, negative] = isAbove ? [yes, no] : [no, yes];
  return positive === x ? scaledInput(negative, x, editor) : undefined;
}

/** slope·x. */
function scaledInput(value: Value | undefined, x: Value, editor: GraphEditor): Rectified | undefined {
  const node = madeBy(value, editor, 'Mul');
  const [a, b] = node?.inputs ?? [];
  const other = a === x ? b : b === x ? a : undefined;
  if (other === undefined) return undefined;
  const scalar = scalarOf(other, editor);
  return { x, slope: scalar ?? { value: other, isNegated: false } };
}

/** Max(x, slope·x) with a slope between 0 and 1. */
function byMax({ inputs }: Node, editor: GraphEditor): Rectified | undefined {
  if (inputs.length !== 2) return undefined;
  for (const [x, other] of [inputs, [...inputs].reverse()]) {
    const found = x && scaledInput(other, x, editor);
    if (found !== undefined && typeof found.slope === 'number' && found.slope >= 0 && found.slope <= 1) return found;
  }
  return undefined;
}

/** Relu(x) + slope'·Relu(−x), where the slope is −slope', or Relu(x) − slope·Relu(−x). */
function byRelus(root: Node, editor: GraphEditor): Rectified | undefined {
  const isSum = root.opType === 'Add';
  const orders = isSum ? [root.inputs, [...root.inputs].reverse()] : [root.inputs];
  for (const [first, second] of orders) {
    const x = madeBy(first, editor, 'Relu')?.inputs[0];
    if (x === undefined || second === undefined) continue;
    const opposite = (value: Value) => {
      const relu = madeBy(value, editor, 'Relu');
      const negative = relu?.inputs[0];
      return negative !== undefined && isOpposite(negative, x, editor);
    };
    const { scale, factors } = productOf(second, editor);
    if (factors.length === 1 && opposite(factors[0]!)) return { x, slope: isSum ? -scale : scale };
    const node = madeBy(second, editor, 'Mul');
    const [a, b] = node?.inputs ?? [];
    if (a === undefined || b === undefined) continue;
    if (opposite(b) && editor.constant(a) !== undefined) return { x, slope: { value: a, isNegated: isSum } };
    if (opposite(a) && editor.constant(b) !== undefined) return { x, slope: { value: b, isNegated: isSum } };
  }
  return undefined;
}

/** −x, by Neg or times −1. */
function isOpposite(value: Value, x: Value, editor: GraphEditor): boolean {
  if (madeBy(value, editor, 'Neg')?.inputs[0] === x) return true;
  const scaled = withScalar(madeBy(value, editor, 'Mul'), editor);
  return scaled?.scalar === -1 && scaled.other === x;
}
