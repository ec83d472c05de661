/**
 * HardSigmoid, max(0, min(1, alpha·x + beta)), and HardSwish, x·HardSigmoid(x) with 1/6 and 1/2 (Howard et al., "Searching
 * for MobileNetV3", 2019, section 5.2), as exporters write them: x·Clip(x + 3, 0, 6)/6, the sixth before, behind or as
 * a factor, the Clip as Min and Max.
 */
import type { Inference } from '../infer/infer.js';
import type { Node, Value } from '../ir/graph.js';
import type { GraphEditor } from '../ir/graph-editor.js';
import { attributesOf } from '../ops/bind.js';
import { activation } from '../ops/elementwise/activation.js';
import { clipping } from '../ops/elementwise/clip.js';
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

const hardSwishSince = 14;
const hardSigmoidSince = 6;

export const fuseHardSwish = fusingPass(
  'fuse-hard-swish',
  ['Mul', 'Div', 'Clip', 'Min', 'Max'],
  (root, editor, inference) => hardSwish(root, editor, inference) ?? hardSigmoid(root, editor, inference),
);

function hardSwish(root: Node, editor: GraphEditor, inference: Inference): string | undefined {
  const output = root.outputs[0]!;
  if (root.opType !== 'Mul' && root.opType !== 'Div') return undefined;
  for (const part of partsOf(output, editor)) {
    const gate = gateOf(part, editor);
    if (gate === undefined) continue;
    for (const { x, scale, shift } of gate.lines) {
      if (!isNear(scale / gate.high, 1 / 6) || !isNear(shift / gate.high, 1 / 2)) continue;
      if (!isProduct(output, 1 / gate.high, [x, part], editor) || !isSameFloat(x, output, inference)) continue;
      return fuseNote(root, 'HardSwish', fuse(root, [x], nodeInPlace(root, 'HardSwish', hardSwishSince, [x]), editor));
    }
  }
  return undefined;
}

function hardSigmoid(root: Node, editor: GraphEditor, inference: Inference): string | undefined {
  const output = root.outputs[0]!;
  const { scale: factor, factors } = productOf(output, editor);
  const clipped = factors.length === 1 ? clipOf(factors[0], editor) : undefined;
  if (clipped === undefined || clipped.low !== 0 || !isNear(factor * clipped.high, 1)) return undefined;
  const line = linesOf(clipped.input, editor).at(-1)!;
  // Without a scale or a shift it is a Clip.
  if (line.x === clipped.input || !isSameFloat(line.x, output, inference)) return undefined;
  const attributes = new Map([
    ['alpha', { kind: 'float', value: Math.fround(line.scale * factor) }],
    ['beta', { kind: 'float', value: Math.fround(line.shift * factor) }],
  ] as const);
  const node = nodeInPlace(root, 'HardSigmoid', hardSigmoidSince, [line.x], attributes);
  return fuseNote(root, 'HardSigmoid', fuse(root, [line.x], node, editor));
}

/** scale·x + shift. */
interface Line {
  readonly x: Value;
  readonly scale: number;
  readonly shift: number;
}

/** Clip(line, 0, high): a HardSigmoid is one up to 1. */
function gateOf(
  value: Value,
  editor: GraphEditor,
): { readonly high: number; readonly lines: readonly Line[] } | undefined {
  const node = madeBy(value, editor, 'HardSigmoid');
  const attributes = attributesOf(activation.HardSigmoid, node);
  const [x] = node?.inputs ?? [];
  if (attributes !== undefined && x !== undefined) {
    const line = { x, scale: attributes.alpha, shift: attributes.beta };
    return { high: 1, lines: [line] };
  }
  const clipped = clipOf(value, editor);
  return clipped?.low === 0 ? { high: clipped.high, lines: linesOf(clipped.input, editor) } : undefined;
}

/** The value as lines of what it is made of, the value itself first. */
function linesOf(value: Value, editor: GraphEditor): readonly Line[] {
  const lines: Line[] = [{ x: value, scale: 1, shift: 0 }];
  for (let steps = 0; steps < 3; steps++) {
    const { x, scale, shift } = lines.at(-1)!;
    const node = madeBy(x, editor, 'Add', 'Sub', 'Mul', 'Div');
    const operand = withScalar(node, editor);
    if (node === undefined || operand === undefined) break;
    const { scalar, other } = operand;
    const isReversed = node.inputs[0] !== other;
    if (isReversed && (node.opType === 'Sub' || node.opType === 'Div')) break;
    if (node.opType === 'Add') lines.push({ x: other, scale, shift: shift + scale * scalar });
    else if (node.opType === 'Sub') lines.push({ x: other, scale, shift: shift - scale * scalar });
    else lines.push({ x: other, scale: node.opType === 'Mul' ? scale * scalar : scale / scalar, shift });
  }
  return lines;
}

interface Clipped {
  readonly input: Value;
  readonly low: number;
  readonly high: number;
}

/** Clip, or Min and Max in either order, or Min of a Relu. */
function clipOf(value: Value | undefined, editor: GraphEditor): Clipped | undefined {
  const node = madeBy(value, editor, 'Clip', 'Min', 'Max');
  const [input] = node?.inputs ?? [];
  if (node === undefined || input === undefined) return undefined;
  const clip = attributesOf(clipping.Clip, node);
  if (clip !== undefined) {
    // Bounds are inputs since version 11, which has no attributes for them.
    const low = clip.min ?? scalarOf(node.inputs[1], editor);
    const high = clip.max ?? scalarOf(node.inputs[2], editor);
    return low === undefined || high === undefined ? undefined : { input, low, high };
  }
  const outer = withScalar(node, editor);
  const inner = madeBy(outer?.other, editor, node.opType === 'Min' ? 'Max' : 'Min', 'Relu');
  if (outer === undefined || inner === undefined) return undefined;
  if (inner.opType === 'Relu') {
    const [source] = inner.inputs;
    return node.opType === 'Min' && source !== undefined ? { input: source, low: 0, high: outer.scalar } : undefined;
  }
  const bounded = withScalar(inner, editor);
  if (bounded === undefined) return undefined;
  const [low, high] = node.opType === 'Min' ? [bounded.scalar, outer.scalar] : [outer.scalar, bounded.scalar];
  return { input: bounded.other, low, high };
}
