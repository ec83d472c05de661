/** If an odd number of elements is cropped, one side loses one more. */
import { defineRule } from '../rule.js';
import { excessOf, explicitHint, type Transposed, transposedConvolutions } from '../transposed/geometry.js';
import { axesText } from './conv-transpose-auto-pad.js';

export const oddPadding = defineRule({
  code: 'US1407',
  explanation: {
    meaning:
      'ConvTranspose gives its size by auto_pad or output_shape, and the number of elements to crop for it is odd. One side loses one element more than the other; which side depends on the tool and its version.',
    reason: `The wrong side shifts the whole output by one element: shapes agree, a segmentation is off by a pixel, and a skip connection is joined askew. The specification contradicted itself until 2020 (onnx#1609), and tools followed either reading:

| tool | SAME_UPPER | SAME_LOWER | output_shape, NOTSET or VALID |
|---|---|---|---|
| the specification, unstride | end | beginning | beginning |
| onnxruntime before 1.13 | beginning | end | end |
| onnxruntime 1.13 | end | beginning | end |
| onnxruntime from 1.14 | end | beginning | beginning |
| ONNX's reference | end | beginning | fails |
| OpenVINO | end since 2025.4 (with output_shape: beginning) | beginning since 2025.4 | end in 2025, beginning in 2026 |
| TVM 0.27 (Relax) | end | beginning | output_shape is ignored |
| TensorFlow (conv2d_transpose, SAME) | end | | |
| PyTorch | has neither | | |`,
    bad: 'y = ConvTranspose <auto_pad = "SAME_UPPER", kernel_shape = [3, 3], strides = [2, 2]> (x, w)   # crops 1',
    good: 'y = ConvTranspose <pads = [0, 0, 1, 1], kernel_shape = [3, 3], strides = [2, 2]> (x, w)',
    remedy:
      'Write the pads explicitly; every tool crops those alike. `unstride fix` writes what the specification says. If the model was trained or validated with onnxruntime before 1.13, exchange beginning and end.',
  },
  data: {
    attribute: ['auto_pad', 'output_shape'],
    by: 'string',
    axes: 'integers',
    cropped: 'size',
    tools: 'string',
    hint: 'string',
  },
  words: ({ attribute, by, axes, cropped, tools, hint }) => ({
    value: attribute,
    message: `${by} crops an odd number of elements along ${axesText(axes)} (${cropped} along axis ${axes[0]}): ${tools}`,
    expected: 'pads, which all tools crop alike',
    actual: by,
    hint,
  }),
  *check(context) {
    for (const transposed of transposedConvolutions(context)) {
      const { node, axes, autoPad, decidedBy } = transposed;
      const odd = axes.filter((axis) => {
        const excess = excessOf(axis);
        return typeof excess === 'number' && excess > 0 && excess % 2 === 1;
      });
      const [first] = odd;
      if (first === undefined) continue;
      const by = decidedBy === 'SAME' ? `auto_pad ${autoPad}` : `output_shape with auto_pad ${autoPad}`;
      yield {
        node,
        data: {
          attribute: decidedBy === 'SAME' ? 'auto_pad' : 'output_shape',
          by,
          axes: odd.map(({ axis }) => axis),
          cropped: excessOf(first)!,
          tools: sides(transposed),
          hint: explicitHint(transposed),
        },
      };
    }
  },
});

function sides({ autoPad, decidedBy }: Transposed): string {
  const opposite = 'onnxruntime before 1.13 crops one more at the';
  if (autoPad === 'SAME_UPPER') {
    const openvino = decidedBy === 'SAME' ? '' : ', OpenVINO 2026 at the beginning too';
    return `${opposite} beginning${openvino}, the specification, onnxruntime since 1.13, TensorFlow and unstride at the end`;
  }
  if (autoPad === 'SAME_LOWER') {
    return `${opposite} end, the specification, onnxruntime since 1.13 and unstride at the beginning`;
  }
  return 'onnxruntime before 1.14 crops one more at the end, the specification, onnxruntime since 1.14, OpenVINO and unstride at the beginning; TVM ignores output_shape';
}
