/** Values from which the mean is taken and which are divided by the deviation, read from the nodes that do so. */
import type { Inference } from '../infer/infer.js';
import type { Constant, Node, Value } from '../ir/graph.js';
import type { GraphEditor } from '../ir/graph-editor.js';
import { rankOf } from './output-channels.js';
import { madeBy, meanAxesOf, scalarOf, withScalar } from './pattern.js';

/** (x − mean)/Sqrt(variance + epsilon), both over `axes`, which are counted from the front. */
export interface Standardized {
  readonly x: Value;
  readonly axes: readonly number[];
  readonly epsilon: number;
}

/** (x − mean) divided by the deviation, or times its reciprocal. */
export function standardizedBy(value: Value, editor: GraphEditor, inference: Inference): Standardized | undefined {
  const node = madeBy(value, editor, 'Div', 'Mul');
  const [a, b] = node?.inputs ?? [];
  if (node === undefined || a === undefined || b === undefined) return undefined;
  const pairs =
    node.opType === 'Div'
      ? [[a, radicandOf(b, 0.5, editor)] as const]
      : [[a, radicandOf(b, -0.5, editor)] as const, [b, radicandOf(a, -0.5, editor)] as const];
  for (const [centered, radicand] of pairs) {
    const deviation = radicand && varianceOf(radicand, editor, inference);
    const center = deviation && centeredBy(centered, editor, inference);
    if (deviation === undefined || center === undefined) continue;
    if (center.x === deviation.x && isSameList(center.axes, deviation.axes)) return deviation;
  }
  return undefined;
}

/** x·m + (bias − mean·m), where m is the reciprocal of the deviation, times a constant. */
export function standardizedByProducts(
  root: Node,
  editor: GraphEditor,
  inference: Inference,
): { readonly core: Standardized; readonly scale?: Constant | undefined; readonly bias: Constant } | undefined {
  for (const [left, right] of [root.inputs, [...root.inputs].reverse()]) {
    const product = madeBy(left, editor, 'Mul');
    const difference = madeBy(right, editor, 'Sub');
    const bias = editor.constant(difference?.inputs[0]);
    const meanProduct = madeBy(difference?.inputs[1], editor, 'Mul');
    if (product === undefined || bias === undefined || meanProduct === undefined) continue;
    const factor = product.inputs.find((input) => meanProduct.inputs.includes(input));
    const x = product.inputs.find((input) => input !== factor);
    const mean = meanProduct.inputs.find((input) => input !== factor);
    if (factor === undefined || x === undefined || mean === undefined) continue;
    const scaled = madeBy(factor, editor, 'Mul');
    const scale = scaled?.inputs.map((input) => editor.constant(input)).find((constant) => constant !== undefined);
    const reciprocal =
      scale === undefined ? factor : scaled?.inputs.find((input) => editor.constant(input) === undefined);
    const radicand = reciprocal && radicandOf(reciprocal, -0.5, editor);
    const core = radicand && varianceOf(radicand, editor, inference);
    const axes = meanAxes(mean, x, editor, inference);
    if (core?.x !== x || axes === undefined || !isSameList(axes, core.axes)) continue;
    return { core, scale, bias };
  }
  return undefined;
}

/** What the value is the square root of (power 0.5), or its reciprocal (−0.5). */
function radicandOf(value: Value, power: 0.5 | -0.5, editor: GraphEditor): Value | undefined {
  const node = madeBy(value, editor, 'Sqrt', 'Reciprocal', 'Div', 'Pow');
  switch (node?.opType) {
    case 'Pow':
      return scalarOf(node.inputs[1], editor) === power ? node.inputs[0] : undefined;
    case 'Sqrt':
      return power === 0.5 ? node.inputs[0] : undefined;
    case 'Reciprocal':
      return power === -0.5 ? madeBy(node.inputs[0], editor, 'Sqrt')?.inputs[0] : undefined;
    case 'Div':
      if (power === 0.5 || scalarOf(node.inputs[0], editor) !== 1) return undefined;
      return madeBy(node.inputs[1], editor, 'Sqrt')?.inputs[0];
    default:
      return undefined;
  }
}

/** Variance of some x, plus epsilon. */
function varianceOf(value: Value, editor: GraphEditor, inference: Inference): Standardized | undefined {
  const sum = withScalar(madeBy(value, editor, 'Add'), editor);
  const mean = madeBy(sum?.other, editor, 'ReduceMean');
  const square = madeBy(mean?.inputs[0], editor, 'Pow', 'Mul');
  const [a, b] = square?.inputs ?? [];
  if (sum === undefined || sum.scalar < 0 || mean === undefined || a === undefined) return undefined;
  const centered = centeredBy(a, editor, inference);
  if (centered === undefined) return undefined;
  if (square?.opType === 'Pow' ? scalarOf(b, editor) !== 2 : !isSameDifference(a, b, editor)) return undefined;
  const axes = meanAxes(sum.other, mean.inputs[0]!, editor, inference);
  if (axes === undefined || !isSameList(axes, centered.axes)) return undefined;
  return { ...centered, epsilon: sum.scalar };
}

/** x − mean(x). */
function centeredBy(
  value: Value,
  editor: GraphEditor,
  inference: Inference,
): Pick<Standardized, 'x' | 'axes'> | undefined {
  const [x, mean] = madeBy(value, editor, 'Sub')?.inputs ?? [];
  const axes = x && meanAxes(mean, x, editor, inference);
  return x === undefined || axes === undefined ? undefined : { x, axes };
}

/** The axes over which `value` is the mean of `x`; these stay, with size 1. */
function meanAxes(
  value: Value | undefined,
  x: Value,
  editor: GraphEditor,
  inference: Inference,
): readonly number[] | undefined {
  const node = madeBy(value, editor, 'ReduceMean');
  const rank = rankOf(x, inference);
  if (node?.inputs[0] !== x || rank === undefined) return undefined;
  return meanAxesOf(node, rank, editor);
}

/** One difference, or two of the same operands: some exporters write it twice. */
function isSameDifference(a: Value, b: Value | undefined, editor: GraphEditor): boolean {
  if (a === b) return true;
  const [left, right] = [madeBy(a, editor, 'Sub'), madeBy(b, editor, 'Sub')];
  return left?.inputs.every((input, i) => input === right?.inputs[i]) === true;
}

function isSameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length > 0 && a.length === b.length && a.every((item, i) => item === b[i]);
}
