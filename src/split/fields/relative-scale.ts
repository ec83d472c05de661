/**
 * How many picture positions one position of a value stands for, before the scales of different inputs are compared.
 */
import { inverse, isSameRatio, type Ratio, timesRatio } from './reads.js';

/** A scale as a multiple of an input's scale. */
export interface RelativeScale {
  readonly root: ScaleRoot;
  readonly ratio: Ratio;
}

/** The scale of an input's axis. It becomes known relative to another input's scale when the two meet. */
export interface ScaleRoot {
  readonly name: string;
  of: RelativeScale | undefined;
}

export const one: Ratio = { numerator: 1, denominator: 1 };

export function resolved({ root, ratio: factor }: RelativeScale): RelativeScale {
  if (root.of === undefined) return { root, ratio: factor };
  const above = resolved(root.of);
  root.of = above;
  return { root: above.root, ratio: timesRatio(above.ratio, factor) };
}

/** Equates two scales. False if both are relative to the same input and differ. */
export function unify(a: RelativeScale, b: RelativeScale): boolean {
  const [x, y] = [resolved(a), resolved(b)];
  if (x.root === y.root) return isSameRatio(x.ratio, y.ratio);
  y.root.of = { root: x.root, ratio: timesRatio(x.ratio, inverse(y.ratio)) };
  return true;
}
