/**
 * Which positions of an input's axis the positions of an output's axis read: a range from a first to a last position,
 * both floors of lines with the same slope. This describes all windows, strides, zooms and shifts exactly; every
 * position between first and last counts as read.
 */
import { greatestCommonDivisor } from '../../ir/integers.js';

/** floor((slope·o + offset) / divisor) for the output's position o; slope and divisor are at least 1. */
export interface FlooredLine {
  readonly slope: number;
  readonly offset: number;
  readonly divisor: number;
}

/** `slope / divisor` of both is the number of input positions for an output position. */
export interface AxisReads {
  readonly first: FlooredLine;
  readonly last: FlooredLine;
  /** For repeated or mirrored borders: how far from each border positions are read in addition to first to last. */
  readonly mirrored?: { readonly before: number; readonly after: number };
}

/** A positive quotient of integers in lowest terms. */
export interface Ratio {
  readonly numerator: number;
  readonly denominator: number;
}

export function ratio(numerator: number, denominator: number): Ratio {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

export function timesRatio(a: Ratio, b: Ratio): Ratio {
  return ratio(a.numerator * b.numerator, a.denominator * b.denominator);
}

export function inverse({ numerator, denominator }: Ratio): Ratio {
  return { numerator: denominator, denominator: numerator };
}

/** The number of positions times the ratio. */
export function scaled(positions: number, { numerator, denominator }: Ratio): number {
  return (positions * numerator) / denominator;
}

export function isSameRatio(a: Ratio, b: Ratio): boolean {
  return a.numerator === b.numerator && a.denominator === b.denominator;
}

/** Input positions for an output position. */
export function zoomOf({ first }: AxisReads): Ratio {
  return ratio(first.slope, first.divisor);
}

/** Each position reads the position of the same index. */
export const own: AxisReads = reads(1, 0, 0, 1);

/** Position o reads from floor((slope·o + from) / divisor) to floor((slope·o + to) / divisor). */
export function reads(slope: number, from: number, to: number, divisor = 1): AxisReads {
  return { first: { slope, offset: from, divisor }, last: { slope, offset: to, divisor } };
}

export function at({ slope, offset, divisor }: FlooredLine, position: number): number {
  return Math.floor((slope * position + offset) / divisor);
}

/** The first output position that reads nothing before `least`. */
export function firstFrom({ first: { slope, offset, divisor } }: AxisReads, least: number): number {
  return Math.ceil((least * divisor - offset) / slope);
}

/** The last output position that reads nothing after `most`. */
export function lastUpTo({ last: { slope, offset, divisor } }: AxisReads, most: number): number {
  return Math.ceil(((most + 1) * divisor - offset) / slope) - 1;
}
