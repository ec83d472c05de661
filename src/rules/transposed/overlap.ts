/** The number of kernel taps that reach each phase of the output. */
import { defineRule } from '../rule.js';
import { type TransposedAxis, transposedConvolutions } from './geometry.js';
import { isResize } from './resize-only.js';

/**
 * Number of taps by phase. Tap k of some input reaches output element o if o − k·dilation is a multiple of the stride,
 * so `stride` counts repeat along the axis, except at its ends.
 */
export function overlapCounts({
  kernel,
  stride,
  dilation,
}: Pick<TransposedAxis, 'kernel' | 'stride' | 'dilation'>): number[] {
  const counts = new Array<number>(stride).fill(0);
  for (let tap = 0; tap < kernel; tap++) counts[(tap * dilation) % stride]!++;
  return counts;
}

/** A bound on memory, for files with absurdly large strides. */
export const mostPhases = 4096;

/** The axes along which phases get different numbers of taps. */
export function unevenAxes<A extends Pick<TransposedAxis, 'axis' | 'kernel' | 'stride' | 'dilation'>>(
  axes: readonly A[],
): (A & { readonly counts: readonly number[] })[] {
  return axes
    .filter(({ stride, kernel }) => stride > 1 && stride <= mostPhases && kernel <= mostPhases)
    .map((axis) => ({ ...axis, counts: overlapCounts(axis) }))
    .filter(({ counts }) => counts.some((count) => count !== counts[0]));
}

/** What US1411 says. @param phases `2, 1 along axis 2` */
export function unevenMessage(phases: readonly string[]): string {
  return `neighboring outputs are sums of different numbers of inputs: ${phases.join('; ')}`;
}

/** What US1412 says. @param phases `1, 1, 0 along axis 2` */
export function gapsMessage(phases: readonly string[]): string {
  return `some outputs are reached by no input and are bias alone: taps by phase are ${phases.join('; ')}`;
}

export const checkerboard = defineRule({
  code: 'US1411',
  explanation: {
    meaning:
      'The kernel of a transposed convolution is not divisible by its stride, so that neighboring outputs are sums of different numbers of inputs.',
    reason:
      'With kernel 3 and stride 2 the outputs along an axis get 2, 1, 2, 1, … inputs; in two dimensions 4, 2, 2, 1. Unless training evens it out, a pattern like a checkerboard lies over the result, strongest in smooth areas and in gradients (Odena, Dumoulin, Olah, "Deconvolution and Checkerboard Artifacts", Distill 2016; pix2pixHD#149, ganhacks#59). It is a risk, not a fault: the finding is advice and does not fail a check.',
    bad: 'y = ConvTranspose <kernel_shape = [3, 3], strides = [2, 2], pads = [1, 1, 1, 1], output_padding = [1, 1]> (x, w)   # 2, 1',
    good: 'y = ConvTranspose <kernel_shape = [4, 4], strides = [2, 2], pads = [1, 1, 1, 1]> (x, w)   # 2, 2',
    remedy:
      'Train with a kernel that is a multiple of the stride (4 for 2: the size stays input · stride with pads 1), with Resize followed by a convolution, or with a convolution followed by DepthToSpace. The weights of the present layer cannot be converted.',
  },
  data: { phases: 'strings', kernel: 'integer', stride: 'integer' },
  words: ({ phases, kernel, stride }) => ({
    value: 'kernel_shape',
    message: unevenMessage(phases),
    expected: `a kernel divisible by the stride: ${Math.ceil(kernel / stride) * stride} for stride ${stride}`,
    actual: `kernel ${kernel}, stride ${stride}`,
    hint: `train with a kernel of ${Math.ceil(kernel / stride) * stride}, or with Resize and a convolution`,
  }),
  *check(context) {
    for (const transposed of transposedConvolutions(context)) {
      const uneven = unevenAxes(transposed.axes);
      if (uneven.length === 0 || uneven.some(({ counts }) => counts.includes(0)) || isResize(transposed, context))
        continue;
      const { stride, kernel } = uneven[0]!;
      const along = uneven.map(({ axis, counts }) => `${counts.join(', ')} along axis ${axis}`);
      yield { node: transposed.node, data: { phases: along, kernel, stride } };
    }
  },
});

export const gaps = defineRule({
  code: 'US1412',
  explanation: {
    meaning:
      'Some outputs of a transposed convolution are reached by no tap of its kernel: they are the bias, whatever the input.',
    reason:
      'A kernel smaller than the stride leaves every n-th row or column empty; so does a dilation that shares a factor with the stride. The gaps stay in whatever follows. It is nearly always a slip in the layer’s parameters.',
    bad: 'y = ConvTranspose <kernel_shape = [2, 2], strides = [3, 3]> (x, w)   # 1, 1, 0',
    good: 'y = ConvTranspose <kernel_shape = [3, 3], strides = [3, 3]> (x, w)   # 1, 1, 1',
    remedy: 'Use a kernel of at least the stride, and a dilation that has no common factor with it.',
  },
  data: { phases: 'strings', stride: 'integer', kernel: 'integer', dilation: 'integer' },
  words: ({ phases, stride, kernel, dilation }) => ({
    value: 'kernel_shape',
    message: gapsMessage(phases),
    expected: `a kernel of at least ${stride} that reaches every phase`,
    actual: `kernel ${kernel}, stride ${stride}, dilation ${dilation}`,
    hint: 'use a kernel of at least the stride, and a dilation without a common factor',
  }),
  *check(context) {
    for (const { node, axes } of transposedConvolutions(context)) {
      const empty = unevenAxes(axes).filter(({ counts }) => counts.includes(0));
      const [first] = empty;
      if (first === undefined) continue;
      const along = empty.map(({ axis, counts }) => `${counts.join(', ')} along axis ${axis}`);
      yield { node, data: { phases: along, stride: first.stride, kernel: first.kernel, dilation: first.dilation } };
    }
  },
});
