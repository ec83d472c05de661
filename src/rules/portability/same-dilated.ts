/** auto_pad SAME with dilations: onnxruntime does not compute the padding of a dilated kernel. */
import { add, type Dim, floorDiv, formatDim, sub } from '../../ir/dim.js';
import { kernelExtent } from '../../ops/convolution/conv-transpose-geometry.js';
import { resolvePads, splitPads } from '../../ops/convolution/window.js';
import { defineRule } from '../rule.js';
import { type Sliding, type SlidingAxis, slidingWindows } from './windows.js';

export const sameDilated = defineRule({
  code: 'US1711',
  explanation: {
    meaning:
      'Conv, MaxPool, AveragePool or LpPool has auto_pad = SAME_UPPER or SAME_LOWER together with dilations above 1.',
    reason: `SAME asks for ceil(input / stride) windows, and the padding for that depends on the dilated kernel. Tools part (each was run):

| tool | Conv | poolings |
|---|---|---|
| the specification, unstride, OpenVINO | pads for the dilated kernel | pad for the dilated kernel |
| onnxruntime 1.15 to 1.32 | stops in the run: "Dilation not supported for AutoPadType::SAME_UPPER or AutoPadType::SAME_LOWER" | pads as if the kernel were not dilated, and makes a smaller output |
| OpenCV 4.8 to 5.0 | does not load it without kernel_shape (4), or pads as if the kernel were not dilated (5) | size of SAME, other elements |

onnxruntime loads the model without a word, so it fails at the first picture, or gives results of another size.`,
    bad: 'y = Conv <auto_pad = "SAME_UPPER", dilations = [3, 3], kernel_shape = [3, 3]> (x, w)',
    good: 'y = Conv <pads = [3, 3, 3, 3], dilations = [3, 3], kernel_shape = [3, 3]> (x, w)',
    remedy:
      'Write the pads and leave auto_pad out; every tool reads those alike. `unstride fix` does it where the pads do not depend on the size of the input: with stride 1, or for a fixed size.',
  },
  data: {
    operator: ['Conv', 'MaxPool', 'AveragePool', 'LpPool'],
    autoPad: 'string',
    dilations: 'integers',
    input: 'size',
    made: 'size',
    others: 'size',
    pads: 'integers?',
  },
  words: ({ operator, autoPad, dilations, input, made, others, pads }) => ({
    value: 'auto_pad',
    message: `auto_pad ${autoPad} with dilations [${dilations.join(', ')}]: ${
      operator === 'Conv'
        ? 'onnxruntime loads it and stops in the run'
        : `onnxruntime pads as if there were none, and makes ${formatDim(others as Dim)} windows of ${formatDim(input as Dim)} elements instead of ${formatDim(made as Dim)}`
    }`,
    expected: 'pads, and no auto_pad',
    actual: `auto_pad ${autoPad}`,
    hint:
      pads === undefined
        ? 'the pads depend on the size of the input: export the model for fixed sizes, or pad in the framework'
        : `write it as pads = [${pads.join(', ')}]; unstride fix does it`,
  }),
  *check(context) {
    for (const sliding of slidingWindows(context)) {
      const dilated = sliding.axes.find((axis) => axis.dilation > 1 && axis.kernel > 1);
      if (!isSame(sliding.axes) || dilated === undefined) continue;
      const { input, stride } = dilated;
      const made = floorDiv(add(input, stride - 1), stride);
      yield {
        node: sliding.node,
        data: {
          operator: sliding.kind,
          autoPad: dilated.autoPad,
          dilations: sliding.axes.map(({ dilation }) => dilation),
          input,
          made,
          others: undilatedCount(dilated, made),
          pads: samePads(sliding),
        },
      };
    }
  },
});

function isSame(axes: readonly SlidingAxis[]): boolean {
  return axes.some(({ autoPad }) => autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER');
}

/** The windows that fit into the padding of an undilated kernel: what onnxruntime's poolings make. */
function undilatedCount(axis: SlidingAxis, made: Dim): Dim {
  const { input, stride, kernel } = axis;
  // Padding is never negative; with an open size it is taken as if all of it were needed.
  const padding =
    typeof input === 'number' ? Math.max(0, ((made as number) - 1) * stride + kernel - input) : kernel - stride;
  return add(floorDiv(sub(add(input, Math.max(0, padding)), kernelExtent(axis)), stride), 1);
}

/** The pads that auto_pad stands for, begins then ends; undefined if they depend on open sizes. */
export function samePads({ axes }: Pick<Sliding, 'axes'>): readonly number[] | undefined {
  const pads = axes.map((axis) => {
    if (typeof axis.input === 'number') return resolvePads(axis, axis.input);
    return axis.stride === 1 ? splitPads(kernelExtent(axis) - 1, axis.autoPad) : undefined;
  });
  if (!pads.every((pad) => pad !== undefined)) return undefined;
  return [...pads.map(({ begin }) => begin), ...pads.map(({ end }) => end)];
}
