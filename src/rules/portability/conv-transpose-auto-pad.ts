/**
 * auto_pad leaves details open that tools treat differently. Each statement about a tool was verified by running it.
 */
import { type Dim, mul, rangeOf, sub } from '../../ir/dim.js';
import { defineRule } from '../rule.js';
import { excessOf, explicitHint, transposedConvolutions } from '../transposed/geometry.js';

export const autoPadWithOutputPadding = defineRule({
  code: 'US1405',
  explanation: {
    meaning: 'ConvTranspose has auto_pad = SAME_UPPER or SAME_LOWER together with an output_padding.',
    reason: `The specification gives SAME the size input · stride, and does not say what output_padding adds to that (onnx#4299, onnxruntime#11927):

| tool | size | padding |
|---|---|---|
| unstride, onnxruntime, ONNX's reference, OpenVINO since 2025.4, TVM's Relax importer since PR 19450 | input · stride | output_padding is cropped with the rest, and can move which elements are cropped |
| ONNX's own shape inference (1.12 to 1.23) | input · stride + output_padding | none computed |
| OpenVINO and TVM before that | the natural size | auto_pad is ignored |
| PyTorch, TensorFlow | | have no such combination |

So a checker can reject the model that a runtime runs, and the crop of both runtimes can differ from what the exporter meant.`,
    bad: 'y = ConvTranspose <auto_pad = "SAME_UPPER", strides = [2, 2], output_padding = [1, 1]> (x, w)   # kernel 3 × 3',
    good: 'y = ConvTranspose <strides = [2, 2], pads = [1, 1, 1, 1], output_padding = [1, 1]> (x, w)',
    remedy:
      'Write pads and output_padding explicitly and leave auto_pad out: all tools agree on these. `unstride fix` writes those that keep the size input · stride.',
  },
  data: { autoPad: 'string', made: 'string', declared: 'string', outputPadding: 'integers', hint: 'string' },
  words: ({ autoPad, made, declared, outputPadding, hint }) => ({
    value: 'auto_pad',
    message: `auto_pad ${autoPad} with output_padding: onnxruntime, OpenVINO, TVM and unstride make ${made}, ONNX's shape inference says ${declared}`,
    expected: 'pads and output_padding, or auto_pad alone',
    actual: `auto_pad ${autoPad}, output_padding [${outputPadding.join(', ')}]`,
    hint,
  }),
  *check(context) {
    for (const transposed of transposedConvolutions(context)) {
      const { node, axes, decidedBy, autoPad } = transposed;
      if (decidedBy !== 'SAME' || axes.every(({ outputPadding }) => outputPadding === 0)) continue;
      const sizes = (size: (axis: (typeof axes)[number]) => Dim) => `[${axes.map(size).join(', ')}]`;
      yield {
        node,
        data: {
          autoPad,
          made: sizes(({ wanted }) => wanted!),
          declared: sizes(({ wanted, outputPadding }) => sub(wanted!, -outputPadding)),
          outputPadding: axes.map(({ outputPadding }) => outputPadding),
          hint: explicitHint(transposed),
        },
      };
    }
  },
});

export const sameWithSmallKernel = defineRule({
  code: 'US1406',
  explanation: {
    meaning:
      'ConvTranspose has auto_pad = SAME_UPPER or SAME_LOWER, and a kernel (dilation and output_padding included) that is smaller than the stride.',
    reason: `The specification gives SAME the size input · stride. The kernel reaches fewer elements, so padding would have to be negative, and tools part:

| tool | size | where the missing elements are |
|---|---|---|
| unstride | input · stride | at the end |
| ONNX's reference | input · stride | split as padding is: for SAME_UPPER the odd one in front |
| onnxruntime (1.12 to 1.32), OpenVINO 2026, TVM 0.27, ONNX's shape inference | (input − 1) · stride + kernel | nowhere: the output is smaller |`,
    bad: 'y = ConvTranspose <auto_pad = "SAME_UPPER", kernel_shape = [2, 2], strides = [3, 3]> (x, w)',
    good: 'y = ConvTranspose <kernel_shape = [2, 2], strides = [3, 3], output_padding = [1, 1]> (x, w)',
    remedy:
      'Write output_padding = stride − kernel and no auto_pad for the size input · stride (`unstride fix` does), or leave auto_pad out for the smaller size that onnxruntime gives. Better: a kernel of at least the stride, since this one leaves gaps (US1412).',
  },
  data: {
    autoPad: 'string',
    axes: 'integers',
    input: 'size',
    stride: 'integer',
    specified: 'size',
    made: 'size',
    outputPadding: 'integer',
    extent: 'integer',
    hint: 'string',
  },
  words: ({ autoPad, axes, input, stride, specified, made, outputPadding, extent, hint }) => ({
    value: 'auto_pad',
    message: `auto_pad ${autoPad} with a kernel smaller than the stride along ${axesText(axes)}: the specification makes ${specified} elements of ${input}, onnxruntime, OpenVINO and TVM ${made}`,
    expected: `a kernel of at least ${stride}`,
    actual: `${extent}${outputPadding === 0 ? '' : ` and output_padding ${outputPadding}`}`,
    hint,
  }),
  *check(context) {
    for (const transposed of transposedConvolutions(context)) {
      const { node, axes, decidedBy, autoPad } = transposed;
      if (decidedBy !== 'SAME') continue;
      const short = axes.filter((axis) => rangeOf(excessOf(axis)!).max < 0);
      const [first] = short;
      if (first === undefined) continue;
      yield {
        node,
        data: {
          autoPad,
          axes: short.map(({ axis }) => axis),
          input: first.input,
          stride: first.stride,
          specified: mul(first.input, first.stride),
          made: sub(first.reach, -first.outputPadding),
          outputPadding: first.outputPadding,
          extent: first.extent,
          hint: explicitHint(transposed),
        },
      };
    }
  },
});

export const autoPadWithPads = defineRule({
  code: 'US1410',
  explanation: {
    meaning: 'ConvTranspose has both auto_pad (other than NOTSET) and pads, be they zeros.',
    reason: `The specification forbids it. What happens depends on the tool:

| tool | what it does |
|---|---|
| onnxruntime, onnx.checker with shape inference | refuse the model: "The pads attribute cannot be used simultaneously with auto_pad attribute" |
| unstride, OpenVINO, TVM | ignore pads |
| ONNX's reference | crops pads, and ignores auto_pad |`,
    bad: 'y = ConvTranspose <auto_pad = "SAME_UPPER", pads = [1, 1, 1, 1], strides = [2, 2]> (x, w)',
    good: 'y = ConvTranspose <pads = [0, 0, 1, 1], strides = [2, 2]> (x, w)   # kernel 3 × 3',
    remedy:
      'Keep one of them, preferably pads. `unstride fix` writes the pads that auto_pad stands for; if the pads were what you meant, remove auto_pad instead.',
  },
  data: { autoPad: 'string', pads: 'integers', hint: 'string' },
  words: ({ autoPad, pads, hint }) => ({
    value: 'auto_pad',
    message: `auto_pad ${autoPad} and pads are both given: onnxruntime does not load it, OpenVINO, TVM and unstride ignore pads, ONNX's reference ignores auto_pad`,
    expected: 'one of them',
    actual: `auto_pad ${autoPad}, pads [${pads.join(', ')}]`,
    hint,
  }),
  *check(context) {
    for (const transposed of transposedConvolutions(context)) {
      const { node, autoPad } = transposed;
      const { pads } = transposed.attributes;
      if (autoPad === 'NOTSET' || pads === undefined) continue;
      yield { node, data: { autoPad, pads, hint: explicitHint(transposed) } };
    }
  },
});

export function axesText(axes: readonly number[]): string {
  return `${axes.length === 1 ? 'axis' : 'axes'} ${axes.join(', ')}`;
}
