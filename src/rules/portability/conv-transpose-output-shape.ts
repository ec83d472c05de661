/** output_shape, which overrides pads. */
import { sub } from '../../ir/dim.js';
import { defineRule } from '../rule.js';
import { explicitAxes, explicitHint, type Transposed, transposedConvolutions } from '../transposed/geometry.js';

export const outputShapeDecides = defineRule({
  code: 'US1408',
  explanation: {
    meaning:
      'ConvTranspose has an output_shape that its pads and output_padding alone would not give, or explicit pads that output_shape replaces by others.',
    reason: `By the specification output_shape decides: pads are computed from it, and those that are written are not read. Tools:

| tool | what it does |
|---|---|
| unstride, onnxruntime, OpenVINO 2026 | compute the pads from output_shape, ignore those that are written |
| OpenVINO 2025 | takes the written pads, and cuts or fills at the end |
| ONNX's reference | takes the written pads as they are, and fails where they do not give output_shape; without pads it fails unless auto_pad is SAME |
| TVM 0.27 (Relax) | ignores output_shape, and takes pads and auto_pad |
| PyTorch (onnx2torch and the like) | knows no output_shape: importers compute pads for the size they see |

Where the input's size is open, output_shape fixes one size of output for all of them, and the pads change with every input.`,
    bad: 'y = ConvTranspose <kernel_shape = [4, 4], strides = [2, 2], pads = [0, 0, 2, 2], output_shape = [8, 8]> (x, w)   # x [1, 1, 4, 4]',
    good: 'y = ConvTranspose <kernel_shape = [4, 4], strides = [2, 2], pads = [1, 1, 1, 1]> (x, w)',
    remedy:
      'Leave output_shape out and write pads and output_padding that give the size. `unstride fix` writes those that output_shape stands for. tf2onnx writes pads instead where the input size is known when converting.',
  },
  data: {
    overridesPads: 'boolean',
    wanted: 'shape',
    pads: 'string',
    written: 'shape',
    isOpen: 'boolean',
    hint: 'string',
  },
  words: ({ overridesPads, wanted, pads, written, isOpen, hint }) => ({
    value: 'output_shape',
    message: overridesPads
      ? `output_shape [${wanted.join(', ')}] overrides the pads [${pads}], which would give [${written.join(', ')}] or another crop: onnxruntime, OpenVINO and unstride follow output_shape, TVM and ONNX's reference the pads`
      : `output_shape [${wanted.join(', ')}] decides the padding${isOpen ? ' for every size of the input' : ''}: onnxruntime, OpenVINO and unstride follow it, TVM makes [${written.join(', ')}], ONNX's reference may fail`,
    expected: 'pads and output_padding that give the size',
    actual: `output_shape [${wanted.join(', ')}]`,
    hint,
  }),
  *check(context) {
    for (const transposed of transposedConvolutions(context)) {
      if (transposed.decidedBy !== 'output_shape' || saysTheSame(transposed)) continue;
      const { node, axes } = transposed;
      const written = axes.map((axis) => sub(sub(axis.reach, -axis.outputPadding), axis.padBegin + axis.padEnd));
      const explicit = axes.some(({ padBegin, padEnd }) => padBegin + padEnd > 0);
      const wanted = axes.map((axis) => axis.wanted!);
      const isOpen = axes.some(({ input }) => typeof input !== 'number');
      yield {
        node,
        data: {
          overridesPads: explicit,
          wanted,
          pads: pads(transposed),
          written,
          isOpen,
          hint: explicitHint(transposed),
        },
      };
    }
  },
});

/** Whether output_shape equals what pads and output_padding give anyway, element for element. */
function saysTheSame(transposed: Transposed): boolean {
  const explicit = explicitAxes(transposed);
  return (
    explicit?.every(({ padBegin, padEnd, outputPadding }, i) => {
      const axis = transposed.axes[i]!;
      return padBegin === axis.padBegin && padEnd - outputPadding === axis.padEnd - axis.outputPadding;
    }) === true
  );
}

function pads({ axes }: Transposed): string {
  return [...axes.map(({ padBegin }) => padBegin), ...axes.map(({ padEnd }) => padEnd)].join(', ');
}

export const outputShapeOfFullRank = defineRule({
  code: 'US1409',
  explanation: {
    meaning: "ConvTranspose's output_shape has entries for batch and channels before those of the spatial axes.",
    reason:
      'The specification wants the spatial sizes alone. Older exporters wrote the whole shape, and onnxruntime 1.12 to 1.14 took it; onnxruntime 1.32 and ONNX\'s shape inference refuse it ("Attribute output_shape has incorrect size"), and so does OpenVINO 2025; OpenVINO 2026 and unstride read the last entries; TVM ignores it.',
    bad: 'y = ConvTranspose <output_shape = [1, 16, 32, 32], strides = [2, 2]> (x, w)',
    good: 'y = ConvTranspose <output_shape = [32, 32], strides = [2, 2]> (x, w)',
    remedy: 'Keep the spatial entries, or better write pads in place of output_shape: `unstride fix` does.',
  },
  data: { shape: 'shape', spatial: 'shape', hint: 'string' },
  words: ({ shape, spatial, hint }) => ({
    value: 'output_shape',
    message: `output_shape [${shape.join(', ')}] gives batch and channels too: current onnxruntime refuses the model`,
    expected: `[${spatial.join(', ')}]`,
    actual: `[${shape.join(', ')}]`,
    hint,
  }),
  *check(context) {
    for (const transposed of transposedConvolutions(context)) {
      const { node, axes } = transposed;
      const shape = transposed.attributes.output_shape;
      if (shape === undefined || shape.length === axes.length) continue;
      yield { node, data: { shape, spatial: shape.slice(-axes.length), hint: explicitHint(transposed) } };
    }
  },
});
