/** Resize and Upsample: which elements and weights tools read where the specification leaves room, or is not followed. */
import { ProblemError } from '../../diagnostics.js';
import type { Dim } from '../../ir/dim.js';
import type { Node } from '../../ir/graph.js';
import { constantsOf } from '../../ir/quantity.js';
import { isConcrete } from '../../ir/shape.js';
import { boundAs } from '../../ops/bind.js';
import { inputPlaces, type Resizing, resize, resizingOf } from '../../ops/resampling/resize.js';
import { upsample, upsamplingOf } from '../../ops/resampling/upsample.js';
import { factsOf } from '../facts.js';
import { defineRule, type RuleContext } from '../rule.js';
import { readsOthers } from './nearest.js';

export const resizeDiffers = defineRule({
  code: 'US1714',
  explanation: {
    meaning:
      'A Resize or Upsample whose result depends on the tool: by the elements that it reads, or by the weights that it gives them.',
    reason: `What tools do (each was run, onnxruntime 1.15 to 1.32, OpenVINO 2023.3 to 2026.4, OpenCV 4.8 to 5.0):

| where | who differs |
|---|---|
| align_corners with scales, and a size that is fractional before it is rounded | the specification, ONNX's reference and unstride span the fractional size; onnxruntime, OpenVINO and OpenCV the rounded one |
| other modes with scales, and such a size | onnxruntime, OpenVINO and the specification go by the scale; OpenCV by the quotient of the sizes: 9/6 instead of 1.6 |
| nearest, and positions half-way between two elements | OpenCV rounds them up, whatever nearest_mode says |
| nearest_mode that asks for another rounding than floor under asymmetric, than the nearest element under half_pixel | OpenCV 4 does not read it |
| cubic with exclude_outside | OpenVINO does not read it |
| antialias, and a size that becomes smaller | OpenVINO and OpenCV do not read it |
| linear in Resize of set 10, which does not say how positions are mapped | onnxruntime, OpenVINO and unstride take asymmetric, OpenCV 5 half_pixel, as PyTorch's interpolate does |`,
    bad: 'y = Resize <mode = "linear", coordinate_transformation_mode = "align_corners"> (x, , scales)   # 5 · 0.5 = 2.5',
    good: 'y = Resize <mode = "linear", coordinate_transformation_mode = "align_corners"> (x, , , sizes)',
    remedy:
      'Resize by sizes instead of fractional scales; take half_pixel with round_prefer_floor, or asymmetric with floor; leave antialias and exclude_outside out where the model is to run in OpenVINO or OpenCV; export for set 11 or newer.',
  },
  data: {
    kind: ['align_corners', 'nearest', 'fractional', 'exclude_outside', 'antialias', 'set 10'],
    axis: 'integer',
    input: 'size',
    scale: 'number',
  },
  words: ({ kind, axis, input, scale }) => ({
    message: `${text[kind]} (axis ${axis}, size ${input}, scale ${Number(scale.toPrecision(6))})`,
    value: kind === 'exclude_outside' || kind === 'antialias' ? kind : 'scales',
    hint: hint[kind],
  }),
  *check(context) {
    for (const node of factsOf(context.model).nodes()) {
      const resized = describe(node, context);
      const found = resized && differenceOf(resized);
      if (found !== undefined) yield { node, data: found };
    }
  },
});

type Kind = 'align_corners' | 'nearest' | 'fractional' | 'exclude_outside' | 'antialias' | 'set 10';

const text: Readonly<Record<Kind, string>> = {
  align_corners:
    'align_corners with a size that is fractional before it is rounded: onnxruntime, OpenVINO and OpenCV span the rounded size, the specification and unstride the fractional one',
  nearest: 'OpenCV reads other elements than nearest_mode asks for',
  fractional:
    'the size is fractional before it is rounded: onnxruntime, OpenVINO and unstride go by the scale, OpenCV by the quotient of the sizes',
  exclude_outside: 'OpenVINO does not read exclude_outside: weights at the borders differ',
  antialias: 'OpenVINO and OpenCV do not read antialias',
  'set 10':
    'linear in set 10 does not say how positions are mapped: onnxruntime, OpenVINO and unstride take asymmetric, OpenCV 5 and PyTorch half_pixel',
};

const hint: Readonly<Record<Kind, string>> = {
  align_corners: 'resize by sizes',
  nearest: 'take asymmetric with floor, or half_pixel with round_prefer_floor',
  fractional: 'resize by sizes, or by scales that give whole ones',
  exclude_outside: 'leave it out, or do not run the model in OpenVINO',
  antialias: 'resize in steps of at most 2, or do not run the model in OpenVINO and OpenCV',
  'set 10': 'export for operator set 11 or newer',
};

interface Resized {
  readonly resizing: Resizing;
  /** Sizes as inference knows them. */
  readonly inputs: readonly Dim[];
  readonly byScales: boolean;
  readonly isSet10: boolean;
}

/** An open size stands for any; this one is odd, so that it shows fractional sizes. */
const exampleSize = 33;

function describe(node: Node, { inference }: RuleContext): Resized | undefined {
  const shape = node.inputs[0] && inference.types.get(node.inputs[0])?.shape;
  if (shape === undefined) return undefined;
  const dims = isConcrete(shape) ? shape : shape.map((size) => (typeof size === 'number' ? size : exampleSize));
  const numbersAt = (i: number) => {
    const known = node.inputs[i] && inference.known.get(node.inputs[i]);
    return known && constantsOf(known);
  };
  try {
    const bound = boundAs(resize.Resize, node);
    if (bound !== undefined) {
      const resizing = resizingOf(bound, dims, numbersAt);
      const byScales = (numbersAt(inputPlaces(bound.version).scales)?.length ?? 0) > 0;
      return resizing && { resizing, inputs: shape, byScales, isSet10: bound.version < 11 };
    }
    const older = boundAs(upsample.Upsample, node);
    const resizing = older && upsamplingOf(older, dims, numbersAt);
    return resizing && { resizing, inputs: shape, byScales: true, isSet10: false };
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

function differenceOf({ resizing: { axes, method }, inputs, byScales, isSet10 }: Resized) {
  for (const [axis, resized] of axes.entries()) {
    const input = inputs[axis];
    if (resized.input === resized.output || resized.input < 1 || input === undefined) continue;
    // With sizes, the scale of an open axis is not known.
    if (!byScales && typeof input !== 'number') continue;
    const scale = resized.extent / resized.input;
    const found = (kind: Kind) => ({ kind, axis, input, scale });
    if (byScales && isFractional(resized.extent)) {
      if (method.coordinates === 'align_corners') return found('align_corners');
      // Of open sizes some are whole, and OpenCV alone differs for the others.
      if (typeof input === 'number') return found('fractional');
    }
    if (method.mode === 'nearest' && readsOthers(resized, method)) return found('nearest');
    if (method.mode === 'cubic' && method.excludeOutside) return found('exclude_outside');
    if (method.mode !== 'nearest' && method.antialias && scale < 1) return found('antialias');
    if (method.mode === 'linear' && isSet10) return found('set 10');
  }
  return undefined;
}

/** Whether a size counts as fractional in float32, in which tools multiply. */
function isFractional(extent: number): boolean {
  return Math.abs(extent - Math.round(extent)) > 1e-5 * extent;
}
