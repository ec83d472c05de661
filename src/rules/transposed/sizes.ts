/** Sizes that a ConvTranspose cannot have, or not in every tool. */
import { rangeOf, sub } from '../../ir/dim.js';
import { formatShape } from '../../ir/shape.js';
import { defineRule } from '../rule.js';
import { transposedConvolutions } from './geometry.js';

export const outputPaddingTooLarge = defineRule({
  code: 'US1401',
  explanation: {
    meaning:
      'ConvTranspose has an output_padding that is neither smaller than the stride nor smaller than the dilation along the same axis.',
    reason:
      'A stride of s makes s sizes of the output fold onto one size of the input; output_padding picks one of them, so it is below s by its nature. Beyond that no kernel reaches the added elements. Current onnxruntime, TVM and PyTorch refuse such a node; onnxruntime up to 1.14 at least ran it and read elements that do not belong to it, with wrong results.',
    bad: 'y = ConvTranspose <strides = [2, 2], output_padding = [2, 2]> (x, w)',
    good: 'y = ConvTranspose <strides = [2, 2], output_padding = [1, 1]> (x, w)',
    remedy:
      'Make output_padding smaller than the stride. If the output needs more elements at the end, follow the layer by a Pad.',
  },
  data: { outputPadding: 'integer', axis: 'integer', stride: 'integer', dilation: 'integer' },
  words: ({ outputPadding, axis, stride, dilation }) => ({
    value: 'output_padding',
    message: `output_padding ${outputPadding} along axis ${axis} is not below the stride or the dilation`,
    expected: `less than ${Math.max(stride, dilation)} (stride ${stride}, dilation ${dilation})`,
    actual: String(outputPadding),
    hint: 'use a smaller output_padding; a Pad after the layer adds more elements',
  }),
  *check(context) {
    for (const { node, axes } of transposedConvolutions(context)) {
      for (const { axis, outputPadding, stride, dilation } of axes) {
        if (outputPadding === 0 || outputPadding < Math.max(stride, dilation)) continue;
        yield { node, data: { outputPadding, axis, stride, dilation } };
      }
    }
  },
});

export const outputPaddingAboveStride = defineRule({
  code: 'US1404',
  explanation: {
    meaning:
      'ConvTranspose has an output_padding that is smaller than the dilation, as PyTorch and ONNX allow, but not smaller than the stride.',
    reason:
      'Tools disagree whether this is a model: PyTorch, OpenVINO and unstride compute it (the added elements are bias alone, or sums of fewer taps); onnxruntime 1.32 and TVM 0.27 refuse it; onnxruntime up to 1.14 at least ran it with wrong results.',
    bad: 'y = ConvTranspose <strides = [1, 1], dilations = [2, 2], output_padding = [1, 1]> (x, w)',
    good: 'z = ConvTranspose <strides = [1, 1], dilations = [2, 2]> (x, w)\ny = Pad (z, [0, 0, 0, 0, 0, 0, 1, 1])',
    remedy: 'Leave output_padding out and add the elements by a Pad after the layer, or crop less.',
  },
  data: { outputPadding: 'integer', axis: 'integer', dilation: 'integer', stride: 'integer' },
  words: ({ outputPadding, axis, dilation, stride }) => ({
    value: 'output_padding',
    message: `output_padding ${outputPadding} along axis ${axis} is below the dilation ${dilation}, but not below the stride ${stride}: onnxruntime 1.32 and TVM 0.27 refuse it, PyTorch and OpenVINO compute it`,
    expected: `less than ${stride}`,
    actual: String(outputPadding),
    hint: 'use a smaller output_padding; a Pad after the layer adds more elements',
  }),
  *check(context) {
    for (const { node, axes } of transposedConvolutions(context)) {
      for (const { axis, outputPadding, stride, dilation } of axes) {
        if (outputPadding === 0 || outputPadding < stride || outputPadding >= dilation) continue;
        yield { node, data: { outputPadding, axis, dilation, stride } };
      }
    }
  },
});

export const outputShapeTooLarge = defineRule({
  code: 'US1402',
  explanation: {
    meaning:
      'ConvTranspose asks by output_shape for more elements than its kernel reaches, and more than an output_padding below the stride adds.',
    reason:
      'ONNX computes the padding from output_shape; here it would be negative. onnxruntime 1.32 and the ONNX reference refuse the node, onnxruntime 1.12 to 1.14 sum elements that do not belong there, OpenVINO and unstride fill the rest with the bias, TVM ignores output_shape. No two of them give one result.',
    bad: '# x [1, 8, 4, 4]: the kernel reaches 8 × 8\ny = ConvTranspose <kernel_shape = [2, 2], strides = [2, 2], output_shape = [10, 10]> (x, w)',
    good: 'z = ConvTranspose <kernel_shape = [2, 2], strides = [2, 2]> (x, w)\ny = Pad (z, [0, 0, 0, 0, 0, 0, 2, 2])',
    remedy:
      'Leave output_shape out and pad, resize or crop to the size that is wanted after the layer. If output_shape was meant for another input size, export the model for that size.',
  },
  data: { axis: 'integer', wanted: 'size', maximum: 'size', input: 'size' },
  words: ({ axis, wanted, maximum, input }) => ({
    value: 'output_shape',
    message: `output_shape asks for ${wanted} elements along axis ${axis}, which no padding gives`,
    expected: `at most ${maximum} from an input of ${input}`,
    actual: String(wanted),
    hint: 'leave output_shape out and pad or resize after the layer',
  }),
  *check(context) {
    for (const { node, axes, decidedBy } of transposedConvolutions(context)) {
      if (decidedBy !== 'output_shape') continue;
      for (const { axis, reach, stride, wanted, input } of axes) {
        if (rangeOf(sub(wanted!, reach)).min < stride) continue;
        yield { node, data: { axis, wanted: wanted!, maximum: sub(reach, 1 - stride), input } };
      }
    }
  },
});

export const everythingCropped = defineRule({
  code: 'US1403',
  explanation: {
    meaning: 'The padding of a ConvTranspose (which crops its output) leaves no element along an axis.',
    reason:
      'The output is empty, and so is everything after it. onnxruntime and PyTorch refuse it while running; other tools go on with an empty tensor. For some size of the input it is always so; a model for open sizes says here that no size works.',
    bad: '# x [1, 1, 3, 3]: the kernel reaches 4 × 4\ny = ConvTranspose <kernel_shape = [2, 2], pads = [2, 2, 2, 2]> (x, w)',
    good: 'y = ConvTranspose <kernel_shape = [2, 2], pads = [1, 1, 1, 1]> (x, w)',
    remedy:
      'Make pads smaller: (input − 1)·stride + (kernel − 1)·dilation + 1 + output_padding − pads must be at least 1. Where a transposed convolution undoes a convolution, its pads are those of the convolution.',
  },
  data: { axis: 'integer', shape: 'shape', size: 'size' },
  words: ({ axis, shape, size }) => ({
    value: 'pads',
    message: `nothing is left of the output along axis ${axis}: ${formatShape(shape)}`,
    expected: 'a size of at least 1',
    actual: String(size),
    hint: 'make the pads smaller',
  }),
  *check({ inference, ...context }) {
    for (const { node, axes } of transposedConvolutions({ ...context, inference })) {
      const output = node.outputs[0];
      const shape = output && inference.types.get(output)?.shape;
      for (const { axis, input } of axes) {
        const size = shape?.[axis];
        if (shape === undefined || size === undefined || rangeOf(size).max > 0 || input === 0) continue;
        yield { node, data: { axis, shape, size } };
      }
    }
  },
});
