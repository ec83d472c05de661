/**
 * What a class of processors takes for the parts of a convolution: constants of the cost model. They are fitted to layers that
 * `npm run fit-costs` has measured (bench/README.md).
 */
import type { Tier } from '../../wasm/kernels/kernel.js';
import { type ProcessorClass, usualProcessor } from '../../wasm/processor.js';
import type { LowerOptions } from './context.js';

/** Bytes in a nanosecond, of so many bytes or fewer; the last entry has no bound. */
export type Rates = readonly (readonly [bytes: number, bytesPerNanosecond: number])[];

export interface Costs {
  /** Floating-point operations in a nanosecond: in tiles of 16 columns, of 8 columns, of the small-N algorithm, and of Winograd's transforms. */
  readonly wide: number;
  readonly half: number;
  readonly smallN: number;
  readonly transform: number;
  /** Of what is read again and again: by what still holds it, a cache or memory. */
  readonly again: Rates;
  /** Of the weights that each block of tiles reads anew, beside what lies between its steps. */
  readonly blockWeights: Rates;
  /** Of what steps leave for the next ones, which is written in many short pieces: outside of the caches that is slow. */
  readonly between: Rates;
  /** Of weights that are read once a run, by the bytes of all weights of the network. */
  readonly weights: Rates;
  /** Nanoseconds for a call of a kernel and the beginning of its loops. */
  readonly call: number;
  /** For tiles of a further size, whose transforms are calls of their own. */
  readonly piece: number;
  /** For a subconvolution among several, whose writes lie far apart: when it is direct, and for each of its steps by Winograd. */
  readonly subconvolution: number;
  readonly subconvolutionStep: number;
}

export function rateFor(rates: Rates, bytes: number): number {
  const [, rate] = rates.find(([most]) => bytes <= most) ?? rates.at(-1)!;
  return rate;
}

const rest = Number.POSITIVE_INFINITY;

const tables: Readonly<Partial<Record<ProcessorClass, Readonly<Record<Tier, Costs>>>>> = {
  'large-cache': (() => {
    const shared = {
      again: [
        [1e6, 100],
        [4e6, 40],
        [16e6, 34],
        [rest, 20],
      ],
      blockWeights: [
        [0.8e6, 100],
        [16e6, 30],
        [rest, 20],
      ],
      between: [
        [0.7e6, 60],
        [2.7e6, 30],
        [rest, 8],
      ],
      weights: [
        [24e6, 50],
        [rest, 24],
      ],
      call: 400,
      piece: 3000,
      subconvolution: 6000,
      subconvolutionStep: 3000,
    } as const;
    return {
      wide: { ...shared, wide: 100, half: 70, smallN: 90, transform: 24 },
      fma: { ...shared, wide: 55, half: 55, smallN: 45, transform: 22 },
      baseline: { ...shared, wide: 26, half: 26, smallN: 20, transform: 14 },
    };
  })(),
};

/** The table for a class and a tier. Strict plans do not depend on the processor. */
export function costsOf({ tier, precision, processor }: Pick<LowerOptions, 'tier' | 'precision' | 'processor'>): Costs {
  const wanted = precision === 'strict' ? usualProcessor : (processor ?? usualProcessor);
  return (tables[wanted] ?? tables[usualProcessor]!)[tier];
}
