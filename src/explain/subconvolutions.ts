/** What runs of a transposed convolution: one convolution of the undilated input for each phase of the output. */
import { add, ceilDiv, type Dim, mul, sub } from '../ir/dim.js';
import { transposedPhases } from '../lower/convolution/geometry.js';
import type { ConvTransposeAxis } from '../ops/convolution/conv-transpose-geometry.js';
import type { ConvTransposeAxisExplanation, Multiplications, Phase, Size, Subconvolution } from './explanation.js';
import { computed, sizeOf } from './sizes.js';

/** Phases of an axis, and subconvolutions, that are listed. */
const mostPhases = 64;
const mostListed = 64;
const mostTaps = 4096;

export interface PhaseDims {
  readonly phase: number;
  readonly taps: readonly number[];
  readonly output: Dim;
}

/** @param padBegin undefined where it depends on an open size */
export function phasesAlong(
  axis: Pick<ConvTransposeAxis, 'kernel' | 'stride' | 'dilation'>,
  padBegin: number | undefined,
  output: Dim,
): readonly PhaseDims[] | undefined {
  const { kernel, stride, dilation } = axis;
  if (padBegin === undefined || stride > mostPhases || kernel > mostTaps) return undefined;
  const size = typeof output === 'number' ? output : stride;
  return transposedPhases(size, kernel, stride, dilation, padBegin).map(({ outputStart, taps, size: count }) => ({
    phase: outputStart,
    taps,
    output: typeof output === 'number' ? count : ceilDiv(sub(output, outputStart), stride),
  }));
}

/** Every combination of the axes' phases, the last axis fastest; null where they are too many, or an axis has none. */
export function subconvolutionsOf(
  axes: readonly Pick<ConvTransposeAxisExplanation, 'phases'>[],
): readonly Subconvolution[] | null {
  const lists: (readonly Phase[])[] = [];
  for (const { phases } of axes) {
    if (phases === null) return null;
    lists.push(phases);
  }
  if (lists.reduce((product, { length }) => product * length, 1) > mostListed) return null;
  let found: Subconvolution[] = [{ phase: [], kernel: [], output: [] }];
  for (const phases of lists) {
    found = found.flatMap((before) =>
      phases.map(({ phase, taps, output }) => ({
        phase: [...before.phase, phase],
        kernel: [...before.kernel, taps.length],
        output: [...before.output, output],
      })),
    );
  }
  return found;
}

interface CountedAxis {
  readonly kernel: number;
  readonly output: Dim;
  readonly phases: readonly PhaseDims[] | undefined;
}

/** @param channels batch, output channels and input channels of a group, multiplied */
export function multiplicationsOf(axes: readonly CountedAxis[], channels: Dim): Multiplications | null {
  const product = (of: (axis: CountedAxis) => Dim | undefined): Size | undefined => {
    const dim = computed(() => {
      const factors = axes.map(of);
      return factors.every((factor) => factor !== undefined) ? mul(channels, ...factors) : undefined;
    });
    return dim === undefined ? undefined : sizeOf(dim);
  };
  const asWritten = product(({ output, kernel }) => mul(output, kernel));
  const executed = product(
    ({ phases }) => phases && add(0, ...phases.map(({ output, taps }) => mul(output, taps.length))),
  );
  return asWritten === undefined || executed === undefined ? null : { asWritten, executed };
}
