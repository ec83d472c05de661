/**
 * Gelu (Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016) written out: x/2·(1 + Erf(x/√2)), or by its
 * approximation x/2·(1 + Tanh(√(2/π)·(x + 0.044715·x³))).
 */
import type { Inference } from '../infer/infer.js';
import type { Node, Value } from '../ir/graph.js';
import type { GraphEditor } from '../ir/graph-editor.js';
import {
  fuse,
  fuseNote,
  fusingPass,
  isNear,
  isProduct,
  isSameFloat,
  madeBy,
  nodeInPlace,
  partsOf,
  productOf,
  scalarOf,
  withScalar,
} from './pattern.js';

const since = 20;
const cubic = 0.044715;
const tanhScale = Math.sqrt(2 / Math.PI);

export const fuseGelu = fusingPass('fuse-gelu', ['Mul', 'Div'], gelu);

function gelu(root: Node, editor: GraphEditor, inference: Inference): string | undefined {
  const output = root.outputs[0]!;
  for (const part of partsOf(output, editor)) {
    const sum = withScalar(madeBy(part, editor, 'Add'), editor);
    const gate = sum?.scalar === 1 ? madeBy(sum.other, editor, 'Erf', 'Tanh') : undefined;
    const [argument] = gate?.inputs ?? [];
    if (gate === undefined || argument === undefined) continue;
    const isTanh = gate.opType === 'Tanh';
    const candidates = isTanh ? tanhInputs(argument, editor) : erfInputs(argument, editor);
    const x = candidates.find((candidate) => isProduct(output, 0.5, [candidate, part], editor));
    if (x === undefined || !isSameFloat(x, output, inference)) continue;
    const text = new TextEncoder().encode(isTanh ? 'tanh' : 'none');
    const node = nodeInPlace(root, 'Gelu', since, [x], new Map([['approximate', { kind: 'string', value: text }]]));
    return fuseNote(root, 'Gelu', fuse(root, [x], node, editor));
  }
  return undefined;
}

/** Values x of which the argument is x/√2. */
function erfInputs(argument: Value, editor: GraphEditor): readonly Value[] {
  return partsOf(argument, editor).filter((x) => isProduct(argument, Math.SQRT1_2, [x], editor));
}

/** Values x of which the argument is √(2/π)·(x + 0.044715·x³) or √(2/π)·x·(1 + 0.044715·x²). */
function tanhInputs(argument: Value, editor: GraphEditor): readonly Value[] {
  const found: Value[] = [];
  for (const part of partsOf(argument, editor)) {
    const sum = madeBy(part, editor, 'Add');
    const [a, b] = sum?.inputs ?? [];
    if (a === undefined || b === undefined) continue;
    const scaled = withScalar(sum, editor);
    if (scaled?.scalar === 1) {
      const square = scaled.other;
      const roots = partsOf(square, editor).flatMap((x) => [x, madeBy(x, editor, 'Pow')?.inputs[0]]);
      for (const x of roots) {
        if (x === undefined || !isPower(square, x, 2, editor)) continue;
        if (isProduct(argument, tanhScale, [x, part], editor)) found.push(x);
      }
      continue;
    }
    for (const [x, cube] of [
      [a, b],
      [b, a],
    ] as const) {
      if (isPower(cube, x, 3, editor) && isProduct(argument, tanhScale, [part], editor)) found.push(x);
    }
  }
  return found;
}

/** Whether the value is 0.044715 times this power of x, as Pow or as products. */
function isPower(value: Value, x: Value, exponent: number, editor: GraphEditor): boolean {
  const { scale, factors } = productOf(value, editor, [x]);
  let power = 0;
  for (const factor of factors) {
    if (factor === x) power++;
    else {
      const node = madeBy(factor, editor, 'Pow');
      if (node?.inputs[0] !== x) return false;
      power += scalarOf(node.inputs[1], editor) ?? Number.NaN;
    }
  }
  return power === exponent && isNear(scale, cubic);
}
