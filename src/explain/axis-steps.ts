/** The four steps along an axis of a ConvTranspose, for numbers and for open sizes alike. */
import { add, type Dim, floorDiv, max, mul, negate, sub } from '../ir/dim.js';
import type { RequestedAxis } from '../ops/convolution/conv-transpose.js';
import { kernelExtent } from '../ops/convolution/conv-transpose-geometry.js';
import type { AutoPad } from '../ops/convolution/window.js';

/** What is taken off at both ends, and added at the end. */
export interface ResolvedPads {
  readonly begin: Dim;
  readonly end: Dim;
  readonly tail: Dim;
}

/** The padding that the attributes stand for, with the precedence that ops/convolution/conv-transpose.ts states. */
export function resolvePadding({ window, wanted, natural, outputPadding }: RequestedAxis): ResolvedPads {
  if (wanted === undefined) return { begin: window.padBegin, end: window.padEnd, tail: outputPadding };
  const excess = sub(natural, wanted);
  const { begin, end } = halves(max(0, excess), window.autoPad);
  return { begin, end, tail: add(outputPadding, max(0, negate(excess))) };
}

function halves(total: Dim, autoPad: AutoPad): Pick<ResolvedPads, 'begin' | 'end'> {
  const half = floorDiv(total, 2);
  const rest = sub(total, half);
  return autoPad === 'SAME_UPPER' ? { begin: half, end: rest } : { begin: rest, end: half };
}

export interface StepSizes {
  readonly zerosBetween: number;
  readonly dilated: Dim;
  readonly zerosAround: number;
  readonly padded: Dim;
  readonly cropBegin: Dim;
  readonly cropEnd: Dim;
  readonly addEnd: Dim;
  readonly cropped: Dim;
  readonly output: Dim;
}

export function stepSizes(input: Dim, { window }: RequestedAxis, pads: ResolvedPads): StepSizes {
  const { stride } = window;
  const extent = kernelExtent(window);
  const dilated = add(mul(sub(input, 1), stride), 1);
  const padded = add(dilated, 2 * (extent - 1));
  // What is added at the end first cancels what is cropped there: inputs would be lost otherwise.
  const cropEnd = max(0, sub(pads.end, pads.tail));
  const addEnd = max(0, sub(pads.tail, pads.end));
  const cropped = add(padded, negate(pads.begin), negate(cropEnd), addEnd);
  return {
    zerosBetween: stride - 1,
    dilated,
    zerosAround: extent - 1,
    padded,
    cropBegin: pads.begin,
    cropEnd,
    addEnd,
    cropped,
    output: sub(cropped, extent - 1),
  };
}
