/**
 * Which code this engine runs well. Nothing is trusted unseen: a tier must validate and give what a plain loop gives; `wide` also
 * once the engine has optimized it. That `wide` is faster depends on the engine's version, on the flag that the host sets, and on the
 * processor; where the version is not known to pair vectors, that is measured.
 */
import { floats, loadVector, storeVector } from './arithmetic.js';
import { type Local, load, op } from './expression.js';
import { multiplyAdd, type Tier } from './kernels/kernel.js';
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
  /** Whether this version of the engine is known to pair vectors once `enableWide` was called, on processors that can. */
  readonly isKnownToPair?: boolean | undefined;
  /**
   * Makes the engine know relaxed SIMD: in Node 20, `v8.setFlagsFromString('--experimental-wasm-relaxed-simd')`. Called only where
   * it does not know it of itself.
   */
  readonly enableRelaxedSimd?: (() => void) | undefined;
}

/** The test problem: a product of two small matrices, in registers as in the largest kernels, and what is made of its rows. */
const rows = 4;
const sumLength = 8;
const vectors = 4;
const columns = vectors * 4;
/** Where its matrices begin, in bytes. */
const place = { inputs: 1024, weights: 2048, output: 4096 };
const vectorBytes = 16;

type Run = (rounds: number) => void;

/** What a tier's code is made of, in memory of its own. */
class Trial {
  private readonly inputs: Float32Array;
  private readonly weights: Float32Array;
  private readonly output: Float32Array;

  private constructor(
    { buffer }: WebAssembly.Memory,
    readonly paired: Run,
    /** The same sums, of vectors that are no neighbors, so that no engine pairs them. */
    readonly single: Run | undefined,
  ) {
    this.inputs = new Float32Array(buffer, place.inputs, sumLength * rows);
    this.weights = new Float32Array(buffer, place.weights, sumLength * columns);
    this.output = new Float32Array(buffer, place.output, rows * columns);
  }

  /** A function that compiles the trial; undefined, and nothing compiled, where the engine does not know the instructions. */
  static prepare(tier: Tier, compares = false): (() => Trial) | undefined {
    const module = new ModuleBuilder({ forgetsVectors: tier === 'wide' });
    module.memory({ initial: 1 });
    emitRounds(module, tier, 'paired', vectorBytes);
    if (compares) emitRounds(module, tier, 'single', 2 * vectorBytes);
    const bytes = module.toBytes();
    if (!WebAssembly.validate(bytes)) return undefined;
    return () => {
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
      const { memory, paired, single } = exports as Record<string, unknown>;
      return new Trial(memory as WebAssembly.Memory, paired as Run, single as Run | undefined);
    };
  }

  /** Whether a round gives what a plain loop gives. */
  isRight(): boolean {
    for (let k = 0; k < sumLength; k++) {
      for (let row = 0; row < rows; row++) this.inputs[k * rows + row] = inputAt(row, k);
      for (let column = 0; column < columns; column++) this.weights[k * columns + column] = weightAt(k, column);
    }
    this.output.fill(Number.NaN);
    this.paired(1);
    return expectedOutput().every((value, i) => this.output[i] === value);
  }

  /** Whether a multiplication and the addition after it round once. */
  isFused(): boolean {
    const factor = 1 + 2 ** -12;
    this.inputs
      .fill(0)
      .fill(1, 0, rows)
      .fill(factor, rows, 2 * rows);
    this.weights.fill(-1 - 2 ** -11, 0, columns).fill(factor, columns, 2 * columns);
    this.paired(1);
    return this.output[0] !== 0;
  }
}

/** @param stride bytes from vector to vector */
function emitRounds(module: ModuleBuilder, tier: Tier, name: string, stride: number): void {
  // An engine may have the code of equal modules in common, and it would be optimized before it is tried.
  const own = `${name} ${Math.random()}`;
  const run = module.function(own, { params: ['i32'], results: [] }, (f, rounds) => {
    f.loop((nextRound) => {
      const sums = Array.from({ length: rows }, () => f.locals(vectors, 'v128'));
      const input = f.local('i32', place.inputs);
      const weights = f.local('i32', place.weights);
      f.loop((next) => {
        const panel = Array.from({ length: vectors }, (_, i) => f.local('v128', loadVector(weights, i * stride)));
        for (const [row, rowSums] of sums.entries()) {
          const factor = f.local('v128', load('v128.load32_splat', input, row * 4));
          for (const [i, sum] of rowSums.entries()) f.set(sum, multiplyAdd(tier, panel[i]!, factor, sum));
        }
        f.increase(weights, vectors * stride);
        f.increase(input, rows * 4);
        f.brIf(next, op('i32.lt_s', input, place.inputs + rows * sumLength * 4));
      });
      const [a, b, c, d] = sums as [Local[], Local[], Local[], Local[]];
      const made = [
        (i: number) => op('f32x4.mul', a[i]!, floats(f, 3)),
        (i: number) => op('f32x4.sub', b[i]!, a[i]!),
        (i: number) => op('f32x4.max', c[i]!, b[i]!),
        (i: number) => op('f32x4.min', op('f32x4.add', d[i]!, floats(f, 5)), c[i]!),
      ];
      for (const [row, valueAt] of made.entries()) {
        for (let i = 0; i < vectors; i++) storeVector(f, place.output, (row * vectors + i) * stride, valueAt(i));
      }
      f.increase(rounds!, -1);
      f.brIf(nextRound, rounds!);
    });
  });
  module.export(run, name);
}

// Small integers: whatever is fused, each sum and product is exact. No two columns have the same weights.
function inputAt(row: number, k: number): number {
  return ((row * 5 + k * 3) % 7) - 3;
}

function weightAt(k: number, column: number): number {
  return ((k * k * 5 + k * column * 3 + column) % 17) - 8;
}

function expectedOutput(): number[] {
  const output: number[] = [];
  for (let column = 0; column < columns; column++) {
    const [a, b, c, d] = Array.from({ length: rows }, (_, row) => {
      let sum = 0;
      for (let k = 0; k < sumLength; k++) sum += inputAt(row, k) * weightAt(k, column);
      return sum;
    }) as [number, number, number, number];
    const made = [a * 3, b - a, Math.max(c, b), Math.min(d + 5, c)];
    for (const [row, value] of made.entries()) output[row * columns + column] = value;
  }
  return output;
}

/** How much faster paired code has to be: other tiers' code is faster than single code, which takes more registers than there are. */
const wideGain = 1.5;
/** Rounds that are timed, some microseconds; and so many that V8 begins to optimize. */
const timedRounds = 256;
const manyRounds = 4096;
const timings = 4;
/** Optimized code is several times as fast. */
const optimizedGain = 2;
/** Milliseconds that optimizing may take. Other threads do it, and others on this thread get their turns. */
const patience = 200;

/** Milliseconds of some rounds, at best: the machine may be busy. */
function timeOf(run: Run): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < timings; i++) {
    const start = performance.now();
    run(timedRounds);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Has the engine optimize code; false when time was up before. */
async function optimized(runs: readonly Run[]): Promise<boolean> {
  const first = runs.map(timeOf);
  for (const run of runs) run(manyRounds);
  const start = performance.now();
  do {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (runs.every((run, i) => timeOf(run) * optimizedGain < first[i]!)) return true;
  } while (performance.now() - start < patience);
  return false;
}

/** The reason not to use a tier, or undefined. */
async function objection(tier: Tier, options: TierOptions): Promise<string | undefined> {
  if (tier === 'wide') return await objectionToWide(options);
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

async function objectionToWide({ enableWide, isKnownToPair }: TierOptions): Promise<string | undefined> {
  if (enableWide === undefined) return 'wide: nobody has allowed the flag of the engine that it needs';
  const prepared = Trial.prepare('wide', isKnownToPair !== true);
  if (prepared === undefined) return 'wide: the engine has no relaxed SIMD';
  enableWide();
  const trial = prepared();
  const { paired, single } = trial;
  if (!trial.isRight()) return 'wide: wrong results in the self-test';
  // Vectors of 256 bits and fused operations came with the same processors.
  if (!trial.isFused()) return 'wide: the processor has no fused operations';
  if (!(await optimized(single === undefined ? [paired] : [paired, single])))
    return 'wide: the engine has not optimized the self-test in time';
  if (!trial.isRight()) return 'wide: wrong results in the self-test of the optimized code';
  if (single !== undefined && timeOf(paired) * wideGain > timeOf(single))
    return 'wide: not faster than 128-bit code here';
  return undefined;
}

/**
 * The tier to emit kernels for. A tier that is asked for and fails falls back to the next lower one, with the reason.
 * @throws Error where not even `baseline` works.
 */
export async function chooseTier(options: TierOptions = {}): Promise<TierChoice> {
  const order: readonly Tier[] = ['wide', 'fma', 'baseline'];
  const reasons: string[] = [];
  for (const tier of order.slice(options.tier === undefined ? 0 : order.indexOf(options.tier))) {
    const reason = await objection(tier, options);
    if (reason === undefined) return { tier, reasons };
    reasons.push(reason);
  }
  throw new Error(`no WebAssembly code runs here: ${reasons.join('; ')}`);
}
