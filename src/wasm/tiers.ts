/**
 * Which code this engine runs well. Nothing is trusted unseen: a tier must validate, give the sums of a plain loop before
 * and after the engine has optimised it, and for `wide` be faster than narrow code (that it is depends on the processor, on the engine's
 * version and on a flag, which the host sets).
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
}

/** The test problem: columns cross a panel, the sum crosses the unrolled steps. */
const shape = { pixels: 24, sum: 257, columns: 32 };

/** A kernel that solves it, and the memory that it does that in. */
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

  /** What makes one; undefined where the engine does not know the instructions, of which nothing is compiled then. */
  static prepare(tier: Tier): (() => Trial) | undefined {
    const module = new ModuleBuilder();
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

  /** Milliseconds of a run. */
  time(): number {
    const start = performance.now();
    this.kernel();
    return performance.now() - start;
  }

  /** Runs, and compares with a plain loop. */
  isRight(): boolean {
    this.output.fill(Number.NaN);
    this.kernel();
    return expectedSums().every((sum, i) => this.output[i] === sum);
  }
}

// Small integers over a power of two: every order of summation, fused or not, gives the same exact sum.
function inputAt(i: number): number {
  return (((i * 7) % 31) - 15) / 16;
}

function weightAt(k: number, column: number): number {
  return (((k * 5 + column * 3) % 29) - 14) / 16;
}

let sums: Float64Array | undefined;

function expectedSums(): Float64Array {
  if (sums !== undefined) return sums;
  sums = new Float64Array(shape.pixels * shape.columns);
  const weights = Float64Array.from({ length: shape.sum * shape.columns }, (_, i) =>
    weightAt(Math.floor(i / shape.columns), i % shape.columns),
  );
  for (let pixel = 0; pixel < shape.pixels; pixel++) {
    const start = pixel * shape.columns;
    for (let k = 0; k < shape.sum; k++) {
      const input = inputAt(pixel * shape.sum + k);
      for (let j = 0; j < shape.columns; j++) sums[start + j]! += input * weights[k * shape.columns + j]!;
    }
  }
  return sums;
}

/** How much faster `wide` has to be. */
const wideGain = 1.25;
/** Milliseconds that waiting for optimised code may take, and from when on code is taken for optimised in any case. */
const patience = 150;
const surelyOptimised = 30;
/** Runs that show how fast code is before it is optimised: several times slower, so that the change cannot be missed. */
const firstRuns = 8;
const optimisedGain = 2;
/** Runs of optimised code after which `wide` may have won, and after which it has lost. */
const leastRuns = 24;
const mostRuns = 500;

/** The fastest run counts, as the machine may be busy. */
class Stopwatch {
  best = Number.POSITIVE_INFINITY;
  private first = 0;
  private runs = 0;

  constructor(private readonly trial: Trial) {}

  run(): void {
    this.best = Math.min(this.best, this.trial.time());
    if (++this.runs <= firstRuns) this.first = this.best;
  }

  get isOptimised(): boolean {
    return this.best * optimisedGain < this.first;
  }
}

/** Whether wide code gets ahead of narrow code once that is optimised. A session waits for it: it ends when it knows. */
function isWideFaster(wide: Trial, fma: Trial): boolean {
  const [wideWatch, fmaWatch] = [new Stopwatch(wide), new Stopwatch(fma)];
  const start = performance.now();
  let elapsed = 0;
  for (let runs = 0; elapsed < patience && runs < mostRuns; elapsed = performance.now() - start) {
    wideWatch.run();
    fmaWatch.run();
    const isSettled = elapsed > surelyOptimised;
    if (!fmaWatch.isOptimised && !isSettled) continue;
    if (runs >= leastRuns && wideWatch.best * wideGain < fmaWatch.best) return true;
    if (runs < leastRuns || wideWatch.isOptimised || isSettled) runs++;
  }
  return false;
}

/** What speaks against a tier, or nothing. */
function objection(tier: Tier, options: TierOptions): string | undefined {
  if (tier === 'wide') return objectionToWide(options);
  const trial = Trial.prepare(tier)?.();
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
  return wide.isRight() ? undefined : 'wide: wrong results in the self-test of the optimised code';
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
