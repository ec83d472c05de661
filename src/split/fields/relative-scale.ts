/** How many positions of the picture one of a value is, where inputs of several levels have not been compared yet. */
import { inverse, isSameRatio, type Ratio, timesRatio } from './reads.js';

/** A scale in terms of that of an input. */
export interface RelativeScale {
  readonly root: ScaleRoot;
  readonly ratio: Ratio;
}

/** The scale of an input's axis; known in terms of another's once the two meet. */
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

/** False where both are known in the same terms and differ. */
export function unify(a: RelativeScale, b: RelativeScale): boolean {
  const [x, y] = [resolved(a), resolved(b)];
  if (x.root === y.root) return isSameRatio(x.ratio, y.ratio);
  y.root.of = { root: x.root, ratio: timesRatio(x.ratio, inverse(y.ratio)) };
  return true;
}
