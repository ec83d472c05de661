/** Scales of all values relative to the largest picture input, computed after a network has been followed. */
import { quoted } from '../../diagnostics.js';
import type { Graph, Value } from '../../ir/graph.js';
import { leastCommonMultiple } from '../../ir/integers.js';
import type { Fields, PictureAxis, Refusal } from './fields.js';
import { inverse, type Ratio, timesRatio } from './reads.js';
import { one, type RelativeScale, resolved, type ScaleRoot } from './relative-scale.js';

/** An axis that follows the picture, before scales are compared. */
export interface Following {
  readonly kind: 'following';
  readonly picture: number;
  readonly scale: RelativeScale;
}

/** All elements along the axis are equal; only their number depends on the picture. */
export const uniform = { kind: 'uniform' } as const;

export type AxisState = Following | typeof uniform | undefined;

/** A common stride above this is not usable. */
const longestStride = 2 ** 16;

/**
 * The scales, and for each picture axis the stride that is a multiple of all of them.
 * @param names of the picture's axes
 * @param roots the inputs' scales for each picture axis
 */
export function commonScales(
  graph: Graph,
  names: readonly string[],
  roots: readonly (readonly ScaleRoot[])[],
  states: ReadonlyMap<Value, readonly AxisState[]>,
): Pick<Fields, 'axes' | 'strides' | 'refusals'> {
  const refusals: Refusal[] = [];
  const [first] = graph.nodes;
  const units = roots.map((own, picture) => {
    const apart = apartFromFirst(own);
    if (apart !== undefined && first !== undefined) {
      const inputs = [own[0]!, apart].map(({ name }) => quoted(name)).join(' and ');
      refusals.push({ node: first, reason: `is in a network where nothing joins the ${names[picture]} of ${inputs}` });
    }
    return unitOf(own);
  });
  const strides = units.map(() => 1);
  const axes = new Map<Value, readonly (PictureAxis | undefined)[]>();
  for (const [value, own] of states) {
    axes.set(
      value,
      own.map((state) => {
        if (state?.kind !== 'following') return undefined;
        const { picture } = state;
        const scale = timesRatio(resolved(state.scale).ratio, inverse(units[picture]!));
        strides[picture] = leastCommonMultiple(strides[picture]!, scale.numerator);
        return { picture, scale };
      }),
    );
  }
  const tooLong = strides.findIndex((stride) => stride > longestStride);
  const last = graph.nodes.at(-1);
  if (tooLong >= 0 && last !== undefined) {
    const reason = `is reached by strides of the ${names[tooLong]} that have no short multiple in common`;
    refusals.push({ node: last, reason });
  }
  return { axes, strides, refusals };
}

/** An input whose scale is not related to the first one's. */
function apartFromFirst(roots: readonly ScaleRoot[]): ScaleRoot | undefined {
  const [first, ...others] = roots.map((root) => resolved({ root, ratio: one }).root);
  const place = others.findIndex((root) => root !== first);
  return place < 0 ? undefined : roots[place + 1];
}

/** The smallest scale of an input, which is that of the input with the most positions. */
function unitOf(roots: readonly ScaleRoot[]): Ratio {
  const value = ({ ratio: { numerator, denominator } }: RelativeScale) => numerator / denominator;
  const scales = roots.map((root) => resolved({ root, ratio: one })).sort((a, b) => value(a) - value(b));
  return scales[0]?.ratio ?? one;
}
