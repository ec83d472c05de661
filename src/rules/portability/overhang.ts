/** Poolings whose window is larger than the padded input. */
import { kernelExtent } from '../../ops/convolution/conv-transpose-geometry.js';
import { overhangOf } from '../../ops/pooling/pool.js';
import { defineRule } from '../rule.js';
import { slidingWindows } from './windows.js';

export const overhangingWindow = defineRule({
  code: 'US1716',
  explanation: {
    meaning: 'A pooling without ceil_mode has a window that is larger than its padded input, by less than the stride.',
    reason: `No window fits, and floor((input + padding − window) / stride) + 1 is 0. Programs that divide integers round toward zero, and count one:

| tool | what it makes |
|---|---|
| the specification, onnxruntime up to 1.20, ONNX's reference | an empty tensor |
| onnxruntime from 1.21, ONNX's shape inference, OpenCV 5, unstride | one window, which ends with the input |
| PyTorch, OpenVINO 2023 to 2026, OpenCV 4 | refuse it |

It happens where a network is fed a picture that is too small for the number of its poolings. Sizes at which it would are no legal ones, as not all tools run them; \`check\` and \`inspect\` tell them beside these: *at least 8; 1 to 7 only where windows may overhang*.`,
    bad: 'y = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (x)   # x [1, 8, 1, 1]',
    good: 'y = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (x)   # x [1, 8, 2, 2]',
    remedy: 'Feed an input that is as large as the window, or pad it. Where one window is meant, say ceil_mode = 1.',
  },
  data: { axis: 'integer', input: 'integer', padBegin: 'integer', padEnd: 'integer', window: 'integer' },
  words: ({ axis, input, padBegin, padEnd, window }) => ({
    message: `the window is larger than axis ${axis} with its padding: onnxruntime and unstride make one element of it, the specification none, PyTorch and OpenVINO refuse it`,
    expected: `at least ${window}`,
    actual: `${input} + padding ${padBegin} + ${padEnd}`,
    hint: 'feed a larger input, or pad it',
  }),
  *check(context) {
    for (const { node, kind, axes, ceilMode } of slidingWindows(context)) {
      // ceil_mode asks for the window, where it is read.
      if (kind === 'Conv' || (ceilMode && axes[0]?.autoPad === 'NOTSET')) continue;
      const over = axes.find((axis) => typeof axis.input === 'number' && overhangOf(axis, axis.input) !== undefined);
      if (over === undefined || typeof over.input !== 'number') continue;
      const { axis, input, padBegin, padEnd } = over;
      yield { node, data: { axis, input, padBegin, padEnd, window: kernelExtent(over) } };
    }
  },
});
