/** Fits the constants of the cost model to measured layers. */
import { constants } from '../../src/lower/context/cost-constants.js';
import type { CostConstants, Costs } from '../../src/lower/context/cost-tables.js';
import type { Tier } from '../../src/wasm/kernels/kernel.js';
import { cacheBytes, type ProcessorClass } from '../../src/wasm/processor.js';
import { layerName } from '../layers.js';
import { geometricMean, median } from '../statistics.js';
import type { MeasuredLayer } from './data.js';
import { keyOfLabel, layerModel } from './layer-model.js';
import { leastSquares } from './least-squares.js';

/** Residuals beyond this factor count in proportion only: they are what the model has no term for. */
const outlier = Math.log(1.5);
/** How much constants are held where they begin, as some hardly show in the measurements. */
const inertia = 0.17;
/** What constants are set to one at a time, others to zero: times are rounded to a hundredth of a microsecond. */
const unit = 1e6;

interface Arrangement {
  readonly key: string;
  /** How often each constant counts: the time is linear in them. */
  readonly counts: readonly number[];
}

interface Sample {
  readonly name: string;
  readonly arrangements: readonly Arrangement[];
  /** Measured nanoseconds by algorithm, and the least of them. */
  readonly times: ReadonlyMap<string, number>;
  readonly best: number;
}

export interface Quality {
  /** Of predicted by measured, taken as above 1. */
  readonly median: number;
  readonly worst: number;
  /** Share of layers whose choice takes at most 1.05 times as long as the best, and the mean of these factors. */
  readonly near: number;
  readonly regret: number;
  readonly wrong: readonly string[];
}

export class Fit {
  private readonly samples: readonly Sample[];
  private readonly start: CostConstants;

  constructor(layers: readonly MeasuredLayer[], tier: Tier, processor: ProcessorClass) {
    this.start = constants[processor][tier];
    this.samples = layers.map(({ layer, times }) => {
      const model = layerModel(layer, tier);
      const numbers = flatten(this.start);
      const units = numbers.map((_, place) => {
        const one = unflatten(
          this.start,
          numbers.map((_, other) => (other === place ? unit : 0)),
        );
        const costs: Costs = { ...one, cacheBytes: cacheBytes[processor] };
        return model.expected(costs);
      });
      const measured = new Map(Object.entries(times).map(([key, microseconds]) => [key, microseconds * 1000]));
      const arrangements = [...model.expected().keys()].flatMap((label): Arrangement[] => {
        const key = keyOfLabel(label);
        if (key === undefined || !measured.has(key)) return [];
        return [{ key, counts: units.map((unitTimes) => ((unitTimes.get(label) ?? 0) * 1000) / unit) }];
      });
      return { name: layerName(layer), arrangements, times: measured, best: Math.min(...measured.values()) };
    });
  }

  /** How well constants tell the times, and the choices that they lead to. */
  quality(table: CostConstants = this.start): Quality {
    const numbers = flatten(table);
    const residuals: number[] = [];
    const regrets: number[] = [];
    const wrong: string[] = [];
    for (const sample of this.samples) {
      const expected = expectedTimes(sample, numbers);
      for (const [key, time] of expected) residuals.push(Math.exp(Math.abs(Math.log(time / sample.times.get(key)!))));
      const [chosen] = [...expected].reduce((a, b) => (b[1] < a[1] ? b : a));
      const regret = sample.times.get(chosen)! / sample.best;
      regrets.push(regret);
      if (regret <= 1.15) continue;
      const [fastest] = [...sample.times].reduce((a, b) => (b[1] < a[1] ? b : a));
      wrong.push(`${sample.name}: ${chosen} takes ${regret.toFixed(2)} times as long as ${fastest}`);
    }
    return {
      median: median(residuals),
      worst: Math.max(...residuals),
      near: regrets.filter((regret) => regret <= 1.05).length / regrets.length,
      regret: geometricMean(regrets),
      wrong,
    };
  }

  /** The constants that tell the measurements best. */
  run(): CostConstants {
    const logarithms = flatten(this.start).map((number) => Math.log(number));
    const count = this.samples.reduce((sum, { times }) => sum + times.size, 0);
    const hold = Math.sqrt((inertia * count) / 10 / logarithms.length);
    const fitted = leastSquares(logarithms, (at) => {
      const numbers = at.map((logarithm) => Math.exp(logarithm));
      const residuals = this.samples.flatMap((sample) =>
        [...expectedTimes(sample, numbers)].map(([key, time]) => {
          const measured = sample.times.get(key)!;
          // What is, and is thought to be, far from the fastest is not chosen, whatever exactly is thought of it.
          return Math.min(1, sample.best / Math.min(measured, time)) * tamed(Math.log(time / measured));
        }),
      );
      return [...residuals, ...at.map((logarithm, i) => hold * (logarithm - logarithms[i]!))];
    });
    return unflatten(
      this.start,
      fitted.map((logarithm) => Number(Math.exp(logarithm).toPrecision(3))),
    );
  }
}

/** By algorithm: of several arrangements the one that is expected to be faster is taken. */
function expectedTimes({ arrangements }: Sample, numbers: readonly number[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const { key, counts } of arrangements) {
    const time = counts.reduce((sum, count, i) => sum + count * numbers[i]!, 0);
    times.set(key, Math.min(time, times.get(key) ?? Number.POSITIVE_INFINITY));
  }
  return times;
}

/** Squares beyond the outlier grow as the number itself does (Huber, 1964). */
function tamed(residual: number): number {
  const size = Math.abs(residual);
  return size <= outlier ? residual : Math.sign(residual) * Math.sqrt(outlier * (2 * size - outlier));
}

function flatten(table: CostConstants): number[] {
  return Object.values(table).flat() as number[];
}

function unflatten(shape: CostConstants, numbers: readonly number[]): CostConstants {
  let place = 0;
  const entries = Object.entries(shape).map(([name, value]: [string, number | readonly number[]]) => [
    name,
    typeof value === 'number' ? numbers[place++] : value.map(() => numbers[place++]),
  ]);
  return Object.fromEntries(entries) as CostConstants;
}
