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
   * to stay set while kernels compile. Called before the first kernel is compiled, and only where relaxed SIMD is there;
   * without it `wide` is not tried.
   */
  readonly enableWide?: (() => void) | undefined;
}

/** The test problem: columns cross a panel, the sum crosses the unrolled steps. */
const shape = { pixels: 24, sum: 257, columns: 32 };

interface Trial {
  run(): void;
  readonly memory: Float32Array;
  readonly operations: number;
}

function compileTrial(tier: Tier): Trial | undefined {
  const tile = defaultTile[tier];
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
      tile,
    },
  );
  module.export(kernel.function, 'run');
  const bytes = module.toBytes();
  if (!WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const memory = new Float32Array((exports['memory'] as WebAssembly.Memory).buffer);
  const weights = packWeights(shape.sum, shape.columns, tile, weightAt);
  const output = memory.length - shape.pixels * shape.columns;
  const weightsStart = output - weights.length;
  memory.set(weights, weightsStart);
  for (let i = 0; i < shape.pixels * shape.sum; i++) memory[i] = inputAt(i);
  const run = exports['run'] as (...args: number[]) => void;
  return {
    run: () => run(0, weightsStart * 4, 0, output * 4, 0, kernel.units),
    memory: memory.subarray(output),
    operations: kernel.operations,
  };
}

// Small integers over a power of two: every order of summation, fused or not, gives the same exact sum.
function inputAt(i: number): number {
  return (((i * 7) % 31) - 15) / 16;
}

function weightAt(k: number, column: number): number {
  return (((k * 5 + column * 3) % 29) - 14) / 16;
}

function isRight(trial: Trial): boolean {
  for (let pixel = 0; pixel < shape.pixels; pixel++) {
    for (let column = 0; column < shape.columns; column++) {
      let sum = 0;
      for (let k = 0; k < shape.sum; k++) sum += inputAt(pixel * shape.sum + k) * weightAt(k, column);
      if (trial.memory[pixel * shape.columns + column] !== sum) return false;
    }
  }
  return true;
}

/** Milliseconds that waiting for optimised code may take, and how much faster `wide` has to be. */
const patience = 150;
const sliceMilliseconds = 1;
const wideGain = 1.25;

function operationsPerMillisecond(trial: Trial): number {
  const start = performance.now();
  let elapsed = 0;
  let done = 0;
  while (elapsed < sliceMilliseconds) {
    for (let i = 0; i < 20; i++) trial.run();
    done += 20 * trial.operations;
    elapsed = performance.now() - start;
  }
  return done / elapsed;
}

/** Whether wide code gets ahead of narrow code once both are optimised; the best slices count, as the machine may be busy. */
function isWideFaster(wide: Trial, fma: Trial): boolean {
  let bestWide = 0;
  let bestFma = 0;
  const start = performance.now();
  while (performance.now() - start < patience) {
    bestWide = Math.max(bestWide, operationsPerMillisecond(wide));
    bestFma = Math.max(bestFma, operationsPerMillisecond(fma));
    const isSettled = performance.now() - start > patience / 5;
    if (isSettled && bestWide > wideGain * bestFma) return true;
  }
  return false;
}

/** What speaks against a tier, or nothing. */
function objection(tier: Tier, options: TierOptions): string | undefined {
  if (tier === 'wide') {
    if (options.enableWide === undefined) return 'wide: nobody has allowed the flag of the engine that it needs';
    const withoutFlag = objection('fma', options);
    if (withoutFlag !== undefined) return withoutFlag.replace('fma', 'wide');
    options.enableWide();
  }
  const trial = compileTrial(tier);
  if (trial === undefined) {
    return tier === 'baseline' ? 'baseline: the engine has no SIMD' : `${tier}: the engine has no relaxed SIMD`;
  }
  trial.run();
  if (!isRight(trial)) return `${tier}: wrong results in the self-test`;
  if (tier === 'wide') {
    if (!isWideFaster(trial, compileTrial('fma')!)) return 'wide: not faster than 128-bit code here';
    trial.memory.fill(0);
    trial.run();
    if (!isRight(trial)) return 'wide: wrong results in the self-test of the optimised code';
  }
  return undefined;
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
