/**
 * Other arrangements of a convolution's windows, which give the same sums: without taps that read only padding, cut where a
 * tap leaves the input, or by the residue of the output where the convolution is dilated.
 */
import type { AxisWindow } from './geometry.js';

/** The outputs whose tap at `place` reads the input: from the first to before the end. */
function readers(window: AxisWindow, place: number, size: number): readonly [from: number, end: number] {
  const first = window.inputStart + place * window.tapStep;
  const from = Math.max(0, Math.ceil(-first / window.inputStep));
  const end = Math.min(window.size, Math.floor((size - 1 - first) / window.inputStep) + 1);
  return [from, Math.max(from, end)];
}

/** Outputs `from` to before `end`, with the taps from the first to the last that reads the input for some of them. */
function piece(window: AxisWindow, from: number, end: number, size: number): AxisWindow {
  const places = [...window.taps.keys()].filter((place) => {
    const [first, after] = readers(window, place, size);
    return Math.max(first, from) < Math.min(after, end);
  });
  const [first, last] = [places[0], places.at(-1)];
  const isEmpty = first === undefined || last === undefined;
  return {
    ...window,
    size: end - from,
    outputStart: window.outputStart + from * window.outputStep,
    inputStart: isEmpty ? 0 : window.inputStart + from * window.inputStep + first * window.tapStep,
    taps: isEmpty ? [] : window.taps.slice(first, last + 1),
  };
}

/**
 * Without the taps that read padding for every output: only the first and the last ones go, so that the others stay as far
 * apart as they are.
 * @param size positions of the input along the axis
 */
export function withoutPadding(window: AxisWindow, size: number): AxisWindow {
  return size === 0 ? window : piece(window, 0, window.size, size);
}

/** Windows that read no padding: an output is with those that have the same taps in the input. */
export function cutAtPadding(window: AxisWindow, size: number): AxisWindow[] {
  const borders = new Set([0, window.size]);
  for (const place of window.taps.keys()) for (const border of readers(window, place, size)) borders.add(border);
  const cuts = [...borders].filter((border) => border <= window.size).sort((a, b) => a - b);
  return cuts.slice(1).map((end, i) => {
    const own = piece(window, cuts[i]!, end, size);
    return { ...own, among: { taps: window.taps, first: Math.max(0, window.taps.indexOf(own.taps[0] ?? -1)) } };
  });
}

/**
 * A dilated convolution as ordinary ones that interleave: outputs of one residue modulo the dilation read inputs of one
 * residue, which are as far apart as the taps. So Winograd's filtering can take them. There are at most two sizes, each a
 * window with copies.
 */
export function byResidue(window: AxisWindow): AxisWindow[] {
  const { size, inputStart, inputStep, outputStart, outputStep, tapStep, taps } = window;
  const count = tapStep / inputStep;
  if (size === 0 || taps.length <= 1 || !Number.isInteger(count) || count === 1) return [window];
  const [whole, longer] = [Math.floor(size / count), size % count];
  const residues = (first: number, end: number, outputs: number): AxisWindow[] =>
    first === end || outputs === 0
      ? []
      : [
          {
            ...window,
            size: outputs,
            outputStart: outputStart + first * outputStep,
            outputStep: outputStep * count,
            inputStart: inputStart + first * inputStep,
            inputStep: tapStep,
            copies: { count: end - first, outputStep, inputStep },
          },
        ];
  return [...residues(0, longer, whole + 1), ...residues(longer, count, whole)];
}
