/** Pad by reflection at or above the size: there is not enough to reflect. */

import { ProblemError } from '../../diagnostics.js';
import { type Dim, formatDim, rangeOf } from '../../ir/dim.js';
import type { Node } from '../../ir/graph.js';
import { constantsOf } from '../../ir/quantity.js';
import { boundAs } from '../../ops/bind.js';
import { padded, padsAt } from '../../ops/movement/pad.js';
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
      const short = axes.find(({ size, least }) => typeof size === 'number' && size < least);
      if (short === undefined) continue;
      const { axis, size, before, after, least } = short;
      yield { node, data: { axis, size: size as number, before, after, least } };
    }
  },
});

export const reflectionBound = defineRule({
  code: 'US1713',
  explanation: {
    meaning: 'Pad with mode reflect pads an axis of an open size, which may be too small for it.',
    reason: `Whatever size the model declares, most tools take only sizes above the pads:

${tools}`,
    bad: 'input: x [N, 3, H, W]\ny = Pad <mode = "reflect"> (x, pads)   # pads of 3: H and W at least 4',
    good: 'input: x [N, 3, 256, 256]',
    remedy: 'Nothing is wrong as long as inputs are that large. Check where pictures can be smaller.',
  },
  data: { axes: 'integers', sizes: 'shape', least: 'integers' },
  words: ({ axes, sizes, least }) => ({
    value: 'pads',
    message: `mode reflect wants ${sizes
      .map((size, i) => `${formatDim(size as Dim)} to be at least ${least[i]}`)
      .join(' and ')}: below, PyTorch, onnxruntime and OpenVINO refuse it`,
    expected: axes.map((axis, i) => `at least ${least[i]} elements along axis ${axis}`).join(', '),
    actual: 'open sizes',
  }),
  *check(context) {
    // Blocks that are repeated ask for the same each; the first one says it.
    const said = new Set<string>();
    for (const { node, axes } of reflections(context)) {
      const open = axes.filter(({ size, least }) => {
        if (typeof size === 'number' || rangeOf(size).min >= least) return false;
        const wish = `${size} ${least}`;
        if (said.has(wish)) return false;
        said.add(wish);
        return true;
      });
      if (open.length === 0) continue;
      yield {
        node,
        data: {
          axes: open.map(({ axis }) => axis),
          sizes: open.map(({ size }) => size),
          least: open.map(({ least }) => least),
        },
      };
    }
  },
});

interface ReflectedAxis {
  readonly axis: number;
  readonly size: Dim;
  readonly before: number;
  readonly after: number;
  /** The smallest size that all tools take. */
  readonly least: number;
}

/** Every Pad by reflection whose pads are known, with the axes that it pads and crops nothing of. */
function* reflections({ model, inference }: RuleContext): Iterable<{ node: Node; axes: readonly ReflectedAxis[] }> {
  for (const node of factsOf(model).nodes()) {
    const bound = boundAs(padded.Pad, node);
    const shape = node.inputs[0] && inference.types.get(node.inputs[0])?.shape;
    if (bound === undefined || shape === undefined || bound.attributes.mode !== 'reflect') continue;
    const numbersAt = (i: number) => {
      const value = node.inputs[i];
      const known = value && inference.known.get(value);
      return known && constantsOf(known);
    };
    const pads = padsOf(() =>
      padsAt(
        bound,
        node.inputs,
        shape.map((size) => (typeof size === 'number' ? size : 1)),
        numbersAt,
      ),
    );
    if (pads === undefined) continue;
    const axes = shape.flatMap((size, axis) => {
      const before = pads[axis] ?? 0;
      const after = pads[axis + shape.length] ?? 0;
      const most = Math.max(before, after);
      return most > 0 && Math.min(before, after) >= 0 ? [{ axis, size, before, after, least: most + 1 }] : [];
    });
    yield { node, axes };
  }
}

function padsOf(read: () => ReturnType<typeof padsAt>): readonly number[] | undefined {
  try {
    return read()?.pads;
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
