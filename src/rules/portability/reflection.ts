/** Pad by reflection at or above the size: there is not enough to reflect. */

import { ProblemError } from '../../diagnostics.js';
import { decide } from '../../ir/constraint.js';
import { add, type Dim, formatDim, max, symbolsOf, unlessTooComplex } from '../../ir/dim.js';
import type { Node } from '../../ir/graph.js';
import { dimsOf } from '../../ir/quantity.js';
import { boundAs } from '../../ops/bind.js';
import { padDims, padded } from '../../ops/movement/pad.js';
import { factsOf } from '../facts.js';
import { defineRule, type RuleContext } from '../rule.js';

const tools = `| tool | what it does |
|---|---|
| PyTorch | refuses pads at or above the size |
| onnxruntime from 1.25 | stops in the run |
| onnxruntime before that (1.15 to 1.24 were tried) | reads memory beside the tensor: the numbers there are any |
| OpenVINO | refuses |
| OpenCV 4 | refuses pads above the size |
| unstride, ONNX's reference, OpenCV 5 | reflect again and again |`;

export const reflectionTooLarge = defineRule({
  code: 'US1712',
  explanation: {
    meaning: 'Pad with mode reflect adds as many elements at a side of an axis as the axis has, or more.',
    reason: `The element at the border is not repeated, so n elements can be reflected n − 1 far. The specification does not say what comes after them:

${tools}`,
    bad: 'y = Pad <mode = "reflect"> (x, pads)   # x [1, 3, 3, 3], pads of 3',
    good: 'y = Pad <mode = "reflect"> (x, pads)   # x [1, 3, 4, 4], pads of 3',
    remedy: 'Feed a larger input, reflect fewer elements, or take mode edge, which has no limit.',
  },
  data: { axis: 'integer', size: 'integer', before: 'integer', after: 'integer', least: 'integer' },
  words: ({ axis, size, before, after, least }) => ({
    value: 'pads',
    message: `mode reflect adds ${Math.max(before, after)} elements to axis ${axis}, which has ${size}: PyTorch, onnxruntime and OpenVINO refuse it, or compute any numbers`,
    expected: `at least ${least} elements`,
    actual: `${size}, pads ${before} and ${after}`,
    hint: `feed at least ${least} elements along axis ${axis}, or take mode edge`,
  }),
  *check(context) {
    for (const { node, axes } of reflections(context)) {
      for (const { axis, size, before, after } of axes) {
        if (typeof size !== 'number' || typeof before !== 'number' || typeof after !== 'number') continue;
        const least = Math.max(before, after) + 1;
        if (size >= least) continue;
        yield { node, data: { axis, size, before, after, least } };
        break;
      }
    }
  },
});

export const reflectionBound = defineRule({
  code: 'US1713',
  explanation: {
    meaning: 'Pad with mode reflect pads an axis of an open size, which may be too small for it.',
    reason: `Whatever size the model declares, most tools take only sizes above the pads. Pads up to whole windows depend
on the size itself; the finding then names the sizes that they are too large for:

${tools}`,
    bad: 'input: x [N, 3, H, W]\ny = Pad <mode = "reflect"> (x, pads)   # pads of 3: H and W at least 4',
    good: 'input: x [N, 3, 256, 256]',
    remedy: 'Nothing is wrong as long as inputs are that large. Check where pictures can be smaller.',
  },
  data: { axes: 'integers', sizes: 'shape', least: 'shape', tooSmall: 'strings?' },
  words: ({ axes, sizes, least, tooSmall = [] }) => ({
    value: 'pads',
    message: `mode reflect wants ${sizes
      .map((size, i) => `${formatDim(size as Dim)} to be at least ${formatDim(least[i] as Dim)}`)
      .join(' and ')}: below, PyTorch, onnxruntime and OpenVINO refuse it`,
    expected: axes.map((axis, i) => `at least ${formatDim(least[i] as Dim)} elements along axis ${axis}`).join(', '),
    actual: tooSmall.length === 0 ? 'open sizes' : `open sizes, too small where ${tooSmall.join(', or ')}`,
  }),
  *check(context) {
    // Blocks that are repeated ask for the same each; the first one says it.
    const said = new Set<string>();
    for (const { node, axes } of reflections(context)) {
      const open = axes.filter(({ size, least }) => {
        if (isNumber(size) && isNumber(least)) return false;
        if (decide({ kind: 'at-least', left: size, right: least }) === true) return false;
        const wish = `${formatDim(size)} ${formatDim(least)}`;
        if (said.has(wish)) return false;
        said.add(wish);
        return true;
      });
      if (open.length === 0) continue;
      const tooSmall = [...new Set(open.flatMap(({ size, least }) => examplesBelow(size, least) ?? []))];
      yield {
        node,
        data: {
          axes: open.map(({ axis }) => axis),
          sizes: open.map(({ size }) => size),
          least: open.map(({ least }) => least),
          ...(tooSmall.length > 0 && { tooSmall }),
        },
      };
    }
  },
});

interface ReflectedAxis {
  readonly axis: number;
  readonly size: Dim;
  readonly before: Dim;
  readonly after: Dim;
  /** The smallest size that all tools take. */
  readonly least: Dim;
}

/** How far sizes are tried for examples; an answer without any says nothing about those that are larger. */
const maxTried = 32;

/** `H = 1, 2`: the first sizes below a bound that itself depends on the size, as pads up to whole windows do. */
function examplesBelow(size: Dim, least: Dim): string | undefined {
  const [name, ...others] = symbolsOf(size, least).keys();
  if (isNumber(least) || name === undefined || others.length > 0) return undefined;
  const requirement = { kind: 'at-least', left: size, right: least } as const;
  const below = Array.from({ length: maxTried }, (_, i) => i + 1)
    .filter((number) => decide(requirement, new Map([[name, number]])) === false)
    .slice(0, 4);
  return below.length === 0 ? undefined : `${name} = ${below.join(', ')}`;
}

function isNumber(dim: Dim): dim is number {
  return typeof dim === 'number';
}

/** Every Pad by reflection whose pads are known, as numbers or by sizes, with the axes that it pads and crops nothing of. */
function* reflections({ model, inference }: RuleContext): Iterable<{ node: Node; axes: readonly ReflectedAxis[] }> {
  for (const node of factsOf(model).nodes()) {
    const bound = boundAs(padded.Pad, node);
    const shape = node.inputs[0] && inference.types.get(node.inputs[0])?.shape;
    if (bound === undefined || shape === undefined || bound.attributes.mode !== 'reflect') continue;
    const dimsAt = (i: number) => {
      const known = node.inputs[i] && inference.known.get(node.inputs[i]);
      return known && dimsOf(known);
    };
    const pads = padsOf(() => padDims(bound, node.inputs, shape.length, dimsAt));
    if (pads === undefined) continue;
    const axes = shape.flatMap((size, axis) => {
      const [before = 0, after = 0] = [pads[axis], pads[axis + shape.length]];
      if ([before, after].some((pad) => decide({ kind: 'at-least', left: pad, right: 0 }) === false)) return [];
      const least = unlessTooComplex(() => add(max(before, after), 1));
      return least === undefined || least === 1 ? [] : [{ axis, size, before, after, least }];
    });
    yield { node, axes };
  }
}

function padsOf(read: () => readonly Dim[] | undefined): readonly Dim[] | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
