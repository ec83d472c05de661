/** ceil_mode: the last window may reach over the end, and tools count differently what is there. */
import { add, mod, rangeOf, sub } from '../../ir/dim.js';
import { kernelExtent } from '../../ops/convolution/conv-transpose-geometry.js';
import { defineRule } from '../rule.js';
import { type Sliding, type SlidingAxis, slidingWindows } from './windows.js';

export const lastWindow = defineRule({
  code: 'US1715',
  explanation: {
    meaning:
      'A pooling with ceil_mode = 1 has a last window that begins in the padding after the input, or that reaches over the padding while padding counts, or whose norm is taken of fewer elements.',
    reason: `ceil_mode keeps a window that does not fit whole. Tools part over it (each was run):

| | a window that begins in the end padding | AveragePool with count_include_pad: what the sum is divided by | LpPool over the end |
|---|---|---|---|
| the specification, PyTorch, unstride | there is none | elements within input and padding | the norm of what is there |
| onnxruntime up to 1.20 | one more output: the lowest number, 0 or NaN | the whole window | misses elements |
| onnxruntime 1.21 to 1.28 | there is none | the whole window | misses elements |
| onnxruntime from 1.29 | there is none | elements within input and padding | misses elements |
| OpenVINO 2023 to 2026 | one more output (MaxPool, and AveragePool up to 2025) | the whole window, if there is padding | as specified |
| OpenCV 5 | one more output | the whole window | has no LpPool |
| OpenCV 4 | there is none | the elements of the input: count_include_pad is not read | has no LpPool |`,
    bad: 'y = MaxPool <kernel_shape = [2, 2], strides = [3, 3], pads = [1, 1, 1, 1], ceil_mode = 1> (x)   # x [1, 1, 5, 5]',
    good: 'y = MaxPool <kernel_shape = [2, 2], strides = [3, 3], pads = [1, 1, 0, 0]> (x)',
    remedy:
      'Leave ceil_mode out and pad so that all windows fit, or take count_include_pad = 0. In PyTorch: ceil_mode=False, or F.pad before the pooling.',
  },
  data: {
    kind: ['begins in padding', 'divisor', 'norm'],
    operator: 'string',
    axis: 'integer',
    input: 'size',
    isPossible: 'boolean',
  },
  words: ({ kind, operator, axis, input, isPossible }) => ({
    value: 'ceil_mode',
    message: `${operator} with ceil_mode${isPossible ? ': for some sizes' : ''}, along axis ${axis} of size ${input}, the last window ${text[kind]}`,
    expected: 'windows that end with the padded input, or ceil_mode = 0',
    actual: 'ceil_mode = 1',
    hint: 'pad so that the windows fit, and leave ceil_mode out',
  }),
  *check(context) {
    for (const { node, kind: operator, axes, ceilMode, countsPadding } of slidingWindows(context)) {
      if (operator === 'Conv' || !ceilMode || axes.some(({ autoPad }) => autoPad !== 'NOTSET')) continue;
      const found = axes.flatMap((axis) => differenceAlong(axis, operator, countsPadding) ?? [])[0];
      if (found !== undefined) yield { node, data: { operator, ...found } };
    }
  },
});

const text = {
  'begins in padding':
    'begins in the padding after the input: OpenVINO and onnxruntime before 1.21 make one more output, others do not',
  divisor:
    'reaches over the padding: onnxruntime before 1.29, OpenVINO and OpenCV divide by another number of elements than the specification',
  norm: 'reaches over the end: onnxruntime misses elements of it',
} as const;

/** What tools disagree on along an axis, certainly or for some sizes; undefined if they agree. */
function differenceAlong(axis: SlidingAxis, operator: Exclude<Sliding['kind'], 'Conv'>, countsPadding: boolean) {
  const { input, stride, padBegin, padEnd } = axis;
  const extent = kernelExtent(axis);
  // Elements by which the last window exceeds the padded input, below the stride.
  const over = mod(sub(extent, add(input, padBegin, padEnd)), stride);
  const { min: least, max: most } = rangeOf(over);
  const found = (kind: keyof typeof text, from: number) => ({ kind, axis: axis.axis, input, isPossible: least < from });
  if (most >= extent - padEnd) return found('begins in padding', extent - padEnd);
  if (most < 1) return undefined;
  if (operator === 'AveragePool' && countsPadding) return found('divisor', 1);
  return operator === 'LpPool' ? found('norm', 1) : undefined;
}
