/** The constants of the cost model: what a processor takes for the parts of a convolution. */
import { cacheBytes, usualProcessor } from '../../wasm/processor.js';
import type { LowerOptions } from './context.js';
import { constants } from './cost-constants.js';

type Three = readonly [number, number, number];
type Five = readonly [number, number, number, number, number];

/** In nanoseconds, each for one of what it says. */
export interface CostConstants {
  /** A multiplication and addition of direct products, and of those at Winograd's points: in panels of 16 columns, and of 8. */
  readonly direct: readonly [number, number];
  readonly transformed: readonly [number, number];
  /** The same of the small-N algorithm. */
  readonly smallN: number;
  /** An output of direct products, and of small-N: tiles begin and are stored. */
  readonly tile: number;
  readonly smallTile: number;
  /** A float of Winograd's transforms: of inputs, of outputs, of weights while running. For tiles of at most 2, 4 and more outputs. */
  readonly inputs: Three;
  readonly outputs: Three;
  readonly transforms: Three;
  /** A call of a kernel, what steps take more than one, and tiles of a further size. */
  readonly call: number;
  readonly step: number;
  readonly piece: number;
  /** A subconvolution among several: when it is direct, and for each of its steps by Winograd. */
  readonly subconvolution: number;
  readonly subconvolutionStep: number;
  /** A byte of a layer's inputs, outputs, of what steps leave for the next, of weights that blocks read again, and read once. */
  readonly reads: Five;
  readonly writes: Five;
  readonly between: Five;
  readonly again: Five;
  readonly weights: Five;
}

export interface Costs extends CostConstants {
  /** Of the second-level cache of a core. */
  readonly cacheBytes: number;
}

type OfBytes = 'reads' | 'writes' | 'between' | 'again' | 'weights';

/** How many times the second-level cache so many bytes are that their five constants are for; in between they are interpolated. */
const places = [1 / 8, 1 / 2, 5 / 4, 4, 16].map((times) => Math.log2(times));

/** Nanoseconds for each of so many bytes, which depend on what caches hold them. */
export function atBytes(costs: Costs, name: OfBytes, bytes: number): number {
  const values = costs[name];
  const at = Math.log2(bytes / costs.cacheBytes);
  const after = places.findIndex((place) => at <= place);
  if (after < 0) return values[4];
  if (after === 0) return values[0];
  const share = (at - places[after - 1]!) / (places[after]! - places[after - 1]!);
  return values[after - 1]! * (1 - share) + values[after]! * share;
}

/** The constants that are given, or else those for a processor and a tier. Strict plans do not depend on the processor. */
export function costsOf({
  costs,
  tier,
  precision,
  processor,
}: Pick<LowerOptions, 'costs' | 'tier' | 'precision' | 'processor'>): Costs {
  if (costs !== undefined) return costs;
  const used = precision === 'strict' ? usualProcessor : (processor ?? usualProcessor);
  return { ...constants[used][tier], cacheBytes: cacheBytes[used] };
}
