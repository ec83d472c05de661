/**
 * Which code this engine runs well. Nothing is trusted unseen: a tier must validate, give the sums of a plain loop before
 * and after the engine has optimized it, and for `wide` be faster than 128-bit code (that it is depends on the processor, on the
 * engine's version and on a flag, which the host sets).
 */
import { convolution, defaultTile, packWeights } from './kernels/convolution.js';
import type { Tier } from './kernels/kernel.js';
import { ModuleBuilder } from './module.js';

export interface TierChoice {
  readonly tier: Tier;
  /** Why a better tier, or the one asked for, is not taken. */
  readonly reasons: readonly string[];
}

export interface TierOptions {
  /** The tier to use, or nothing for the best there is. */
  readonly tier?: Tier;
  /**
   * Makes the engine pair vectors to 256 bits: in Node, `v8.setFlagsFromString('--experimental-wasm-revectorize')`. It has
   * to stay set while kernels compile. Called before anything is compiled here, and only where relaxed SIMD is there; without
   * it `wide` is not tried.
   */
  readonly enableWide?: (() => void) | undefined;
  /**
   * Makes the engine know relaxed SIMD: in Node 20, `v8.setFlagsFromString('--experimental-wasm-relaxed-simd')`. Called only where
   * it does not know it of itself.
   */
  readonly enableRelaxedSimd?: (() => void) | undefined;
}

/** The test problem: columns cross a panel, the sum crosses the unrolled steps. */
const shape = { pixels: 24, sum: 257, columns: 32 };

/** A kernel that solves the test problem, in memory of its own. */
class Trial {
  private readonly kernel: () => void;
  private readonly output: Float32Array;

  private constructor(tier: Tier, module: WebAssembly.Module, units: number) {
    const { exports } = new WebAssembly.Instance(module);
    const memory = new Float32Array((exports['memory'] as WebAssembly.Memory).buffer);
    const weights = packWeights(shape.sum, shape.columns, defaultTile[tier], weightAt);
    const output = memory.length - shape.pixels * shape.columns;
    const weightsStart = output - weights.length;
    memory.set(weights, weightsStart);
    for (let i = 0; i < shape.pixels * shape.sum; i++) memory[i] = inputAt(i);
    const run = exports['run'] as (...args: number[]) => void;
    this.kernel = () => run(0, weightsStart * 4, 0, output * 4, 0, units);
    this.output = memory.subarray(output);
  }

  /** A function that compiles the trial; undefined, and nothing compiled, where the engine does not know the instructions. */
  static prepare(tier: Tier): (() => Trial) | undefined {
    const module = new ModuleBuilder({ forgetsVectors: tier === 'wide' });
    module.memory({ initial: 2 });
    const kernel = convolution(
      { module, tier },
      {
        outer: [],
        height: { size: 1, input: 0, output: 0 },
        width: { size: shape.pixels, input: shape.sum, output: shape.columns },
        sum: [{ size: shape.sum, stride: 1 }],
        columns: shape.columns,
        writable: shape.columns,
        bias: false,
        tile: defaultTile[tier],
      },
    );
    module.export(kernel.function, 'run');
    const bytes = module.toBytes();
    if (!WebAssembly.validate(bytes)) return undefined;
    return () => new Trial(tier, new WebAssembly.Module(bytes), kernel.units);
  }

  /** Milliseconds of so many runs. */
  time(runs: number): number {
    const start = performance.now();
    for (let i = 0; i < runs; i++) this.kernel();
    return performance.now() - start;
  }

  /** Whether a run gives what a plain loop gives. */
  isRight(): boolean {
    this.output.fill(Number.NaN);
    this.kernel();
    return expectedSums().every((sum, i) => this.output[i] === sum);
  }
}

// Small integers over a power of two: every order of summation, fused or not, gives the same exact sum. Columns differ by a
// factor only, so the plain loop, which runs before the engine optimizes it, computes one of them.
function inputAt(i: number): number {
  return (((i * 7) % 31) - 15) / 16;
}

function weightAt(k: number, column: number): number {
  return ((((k * 5) % 29) - 14) / 16) * columnFactor(column);
}

function columnFactor(column: number): number {
  return column % 2 === 0 ? column + 1 : -column - 1;
}

function expectedSums(): number[] {
  const sums: number[] = [];
  for (let pixel = 0; pixel < shape.pixels; pixel++) {
    let sum = 0;
    for (let k = 0; k < shape.sum; k++) sum += inputAt(pixel * shape.sum + k) * weightAt(k, 0);
    for (let column = 0; column < shape.columns; column++) sums.push(sum * columnFactor(column));
  }
  return sums;
}

/** How much faster `wide` has to be: the flag helps 128-bit code too, and without its effect wide code is slower. */
const wideGain = 1.1;
/** Milliseconds that the comparison may take, and how much of it may be waiting for optimized code. */
const patience = 150;
const surelyOptimized = 30;
/** Runs that show how fast code is before it is optimized: several times slower, so that the change cannot be missed. */
const firstRuns = 8;
const optimizedGain = 2;
/** Runs that are timed together; batches until `wide` may win, and until it has lost. */
const batchRuns = 16;
const leastBatches = 3;
const mostBatches = 64;

/** Runs the trials in turns until each has become faster; false when time was up before. */
function areOptimized(trials: readonly Trial[], end: number): boolean {
  // The fastest run counts, as the machine may be busy.
  const first = trials.map((trial) => Math.min(...Array.from({ length: firstRuns }, () => trial.time(1))));
  const isOptimized = trials.map(() => false);
  while (performance.now() < end) {
    for (const [i, trial] of trials.entries()) {
      if (trial.time(1) * optimizedGain < first[i]!) isOptimized[i] = true;
    }
    if (isOptimized.every((is) => is)) return true;
  }
  return false;
}

/**
 * Whether wide code is faster than 128-bit code once both are optimized. Stops as soon as that is clear: a session waits for
 * it.
 */
function isWideFaster(wide: Trial, fma: Trial): boolean {
  const start = performance.now();
  const isSettled = areOptimized([wide, fma], start + surelyOptimized);
  let bestWide = Number.POSITIVE_INFINITY;
  let bestFma = Number.POSITIVE_INFINITY;
  for (let batch = 1; performance.now() - start < patience && !(isSettled && batch > mostBatches); batch++) {
    bestWide = Math.min(bestWide, wide.time(batchRuns));
    bestFma = Math.min(bestFma, fma.time(batchRuns));
    if (batch >= leastBatches && bestWide * wideGain < bestFma) return true;
  }
  return false;
}

/** The reason not to use a tier, or undefined. */
function objection(tier: Tier, options: TierOptions): string | undefined {
  if (tier === 'wide') return objectionToWide(options);
  let prepared = Trial.prepare(tier);
  if (prepared === undefined && tier === 'fma' && options.enableRelaxedSimd !== undefined) {
    options.enableRelaxedSimd();
    prepared = Trial.prepare(tier);
  }
  const trial = prepared?.();
  if (trial === undefined) {
    return tier === 'baseline' ? 'baseline: the engine has no SIMD' : `${tier}: the engine has no relaxed SIMD`;
  }
  return trial.isRight() ? undefined : `${tier}: wrong results in the self-test`;
}

function objectionToWide({ enableWide }: TierOptions): string | undefined {
  if (enableWide === undefined) return 'wide: nobody has allowed the flag of the engine that it needs';
  const [prepareWide, prepareFma] = [Trial.prepare('wide'), Trial.prepare('fma')];
  if (prepareWide === undefined || prepareFma === undefined) return 'wide: the engine has no relaxed SIMD';
  enableWide();
  const [wide, fma] = [prepareWide(), prepareFma()];
  if (!wide.isRight()) return 'wide: wrong results in the self-test';
  if (!isWideFaster(wide, fma)) return 'wide: not faster than 128-bit code here';
  return wide.isRight() ? undefined : 'wide: wrong results in the self-test of the optimized code';
}

/**
 * The tier to emit kernels for. A tier that is asked for and fails falls back to the next lower one, with the reason.
 * @throws Error where not even `baseline` works.
 */
export function chooseTier(options: TierOptions = {}): TierChoice {
  const order: readonly Tier[] = ['wide', 'fma', 'baseline'];
  const reasons: string[] = [];
  for (const tier of order.slice(options.tier === undefined ? 0 : order.indexOf(options.tier))) {
    const reason = objection(tier, options);
    if (reason === undefined) return { tier, reasons };
    reasons.push(reason);
  }
  throw new Error(`no WebAssembly code runs here: ${reasons.join('; ')}`);
}
