/** QLinearConv as onnxruntime's layout optimizer writes it, with channels last. */
import type { Value } from '../../ir/graph.js';
import { tensorType } from '../../ir/shape.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { flag } from '../attributes.js';
import { convolutionAttributes, convolutionMacs } from '../convolution/conv.js';
import { transposeTensor } from '../movement/transpose.js';
import { defineOperator, family } from '../operator.js';
import { qLinearConvolve, qLinearConvShape } from '../quantization/quantized-convolution.js';
import { qLinearConvSchema } from '../quantization/schemas.js';
import { channelsFirst, channelsLast, inOrder, seenAs } from '../view.js';

export const microsoftConvolutions = family(
  defineOperator({
    ...qLinearConvSchema,
    domain: 'com.microsoft',
    versions: [1],
    attributes: { ...convolutionAttributes, channels_last: flag(false) },
    infer: (context) => {
      const type = context.elementType(7);
      if (!context.attributes.channels_last) return [tensorType(type, qLinearConvShape(context))];
      const x = shapeOfRank(context, 0, 'x', { min: 3, max: 5 });
      if (x === undefined) return [tensorType(type, undefined)];
      const [first, ...others] = context.inputs;
      const inputs = [first && { ...first, shape: inOrder(x, channelsFirst(x.length)) }, ...others];
      const { attributes, version } = context;
      const y = qLinearConvShape(seenAs(context, { version, attributes, inputs }));
      return [tensorType(type, inOrder(y, channelsLast(x.length)))];
    },
    reference: ({ attributes, inputs }) => {
      if (!attributes.channels_last) return [qLinearConvolve(attributes, inputs)];
      const x = tensorAt({ inputs }, 0);
      const rank = x.dims.length;
      const y = qLinearConvolve(attributes, [transposeTensor(x, channelsFirst(rank)), ...inputs.slice(1)]);
      return [transposeTensor(y, channelsLast(rank))];
    },
    macs: ({ attributes, inputs, outputs: [y] }) =>
      convolutionMacs(attributes.channels_last ? inOrder(y, channelsFirst(y?.length ?? 0)) : y, inputs[3]),
    expand: ({ attributes, inputs, outputs }, expansion) => {
      const { x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, B } = inputs;
      const rank = expansion.facts.shape(x)?.length;
      if (attributes.channels_last && rank === undefined) return 'a rank that is not known';
      const copied = expansion.copied(['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides']);
      const convolve = (image: Value, output?: Value) =>
        expansion.add(
          'QLinearConv',
          [image, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, B],
          { attributes: copied, ...(output && { output }) },
        );
      if (!attributes.channels_last || rank === undefined) convolve(x, outputs.y);
      else {
        const result = convolve(expansion.transpose(x, channelsFirst(rank)));
        expansion.transpose(result, channelsLast(rank), outputs.y);
      }
      return undefined;
    },
  }),
);
