/** How many inputs reach each output of a transposed convolution. */
import type { ConvTransposeAxis } from '../ops/convolution/conv-transpose-geometry.js';
import { gapsMessage, mostPhases, overlapCounts, unevenAxes, unevenMessage } from '../rules/transposed/overlap.js';
import type { Interpolation } from '../rules/transposed/resize-only.js';
import type { ConvTransposeAxisExplanation, Overlap } from './explanation.js';

/** Positions that are counted one by one; longer axes have their period alone. */
const mostPositions = 1024;
const mostSteps = 2 ** 20;

/** For each output position of an axis; null for axes that are too long. */
export function countsAlong({ input, kernel, stride, dilation, padBegin, output }: ConvTransposeAxis): number[] | null {
  if (output < 0 || output > mostPositions || input * kernel > mostSteps) return null;
  const counts = new Array<number>(output).fill(0);
  for (let i = 0; i < input; i++) {
    for (let k = 0; k < kernel; k++) {
      const o = i * stride + k * dilation - padBegin;
      if (o >= 0 && o < output) counts[o]!++;
    }
  }
  return counts;
}

type Periodic = Pick<ConvTransposeAxisExplanation, 'kernel' | 'stride' | 'dilation' | 'padBegin'>;

/** The period of the counts from output position 0 on, as it is far from both ends. */
export function countsByPhase(axis: Periodic): number[] | null {
  const { kernel, stride, padBegin } = axis;
  if (stride > mostPhases || kernel > mostPhases) return null;
  const counts = overlapCounts(axis);
  const first = typeof padBegin === 'number' ? padBegin : 0;
  return counts.map((_, phase) => counts[(phase + first) % stride]!);
}

/** The verdict of the rules US1411 and US1412, in their words. @param interpolation what the weights are known to be */
export function overlapOf(
  axes: readonly Pick<ConvTransposeAxisExplanation, 'axis' | 'kernel' | 'stride' | 'dilation' | 'countsByPhase'>[],
  interpolation?: Interpolation,
): Overlap {
  const uneven = unevenAxes(axes);
  const phases = (found: typeof uneven) => found.map(({ axis, counts }) => `${counts.join(', ')} along axis ${axis}`);
  const gaps = uneven.filter(({ counts }) => counts.includes(0));
  if (gaps.length > 0) return { verdict: 'gaps', code: 'US1412', text: gapsMessage(phases(gaps)) };
  if (uneven.length === 0) {
    const inputs = axes.map((axis) => axis.countsByPhase?.[0]);
    const count = inputs.reduce((product: number | undefined, item) => item && product && product * item, 1);
    const text =
      count === undefined
        ? 'the stride is too large to count by phase'
        : `every output away from the borders is a sum of ${count} ${count === 1 ? 'input' : 'inputs'}: no checkerboard`;
    return { verdict: 'even', code: null, text };
  }
  const text = unevenMessage(phases(uneven));
  if (interpolation === undefined) return { verdict: 'checkerboard', code: 'US1411', text };
  const evened = `${text}; the weights are ${interpolation === 'nearest' ? 'nearest' : 'linear'} interpolation, which evens it out`;
  return { verdict: 'even', code: null, text: evened };
}
