/** A transposed convolution given by hand, in the words of a framework. */
import { type ConvTransposeAttributes, convTransposeGeometry } from '../ops/convolution/conv-transpose.js';
import { explainTransposed } from './conv-transpose.js';
import { exampleOf } from './example.js';
import type { ConvTransposeExplanation, Framework } from './explanation.js';
import type { HandLayer } from './frameworks/form.js';
import { formAxes, formsOf } from './frameworks/frameworks.js';
import { readKeras } from './frameworks/keras.js';
import { readOnnx } from './frameworks/onnx.js';
import { readPytorch } from './frameworks/pytorch.js';
import { readWebnn } from './frameworks/webnn.js';

/**
 * One channel, batch 1.
 * @throws HandLayerError for what the framework does not take, ProblemError US1207 where nothing is left of the output
 */
export function explainByHand(layer: HandLayer, framework: Framework): ConvTransposeExplanation {
  const attributes: ConvTransposeAttributes = {
    group: 1,
    kernel_shape: layer.kernel,
    strides: layer.stride,
    dilations: layer.dilation,
    ...paddingOf(layer, framework),
  };
  // Sizes that are negative, or lists that do not fit, are refused in the words of the operator.
  convTransposeGeometry(attributes, [1, 1, ...layer.input], [1, 1, ...layer.kernel]);
  const explained = explainTransposed({
    attributes,
    x: [1, 1, ...layer.input],
    kernel: layer.kernel,
    outputChannels: 1,
  });
  const geometry = explained.axes.map((axis) => axis.geometry).filter((axis) => axis !== null);
  const axes = formAxes(explained.axes);
  return {
    ...explained,
    node: null,
    input: null,
    output: null,
    fields: [],
    frameworks: axes === undefined ? null : formsOf({ axes, group: 1, inputChannels: 1, outputChannels: 1 }, framework),
    example: exampleOf(geometry),
  };
}

type Padding = Pick<ConvTransposeAttributes, 'auto_pad' | 'pads' | 'output_padding' | 'output_shape'>;

function paddingOf(layer: HandLayer, framework: Framework): Padding {
  if (framework === 'onnx') {
    const { autoPad, pads, outputPadding, outputShape } = readOnnx(layer);
    return { auto_pad: autoPad, pads, output_padding: outputPadding, output_shape: outputShape };
  }
  const read = { pytorch: readPytorch, keras: readKeras, webnn: readWebnn }[framework];
  const { pads, outputPadding } = read(layer);
  const isGiven = pads.some((pad) => pad > 0) || layer.padding !== undefined;
  return {
    auto_pad: 'NOTSET',
    pads: isGiven ? pads : undefined,
    output_padding: outputPadding,
    output_shape: undefined,
  };
}
