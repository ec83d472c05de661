/** A small problem that tiers' code is tried with: it must give what a plain loop gives. */
import { floats, loadVector, storeVector } from './arithmetic.js';
import { type Local, load, op } from './expression.js';
import { multiplyAdd, type Tier } from './kernels/kernel.js';
import { ModuleBuilder } from './module.js';

/** The test problem: a product of two small matrices, in registers as in the largest kernels, and what is made of its rows. */
const rows = 4;
const sumLength = 8;
const vectors = 4;
const columns = vectors * 4;
/** Where its matrices begin, in bytes. */
const place = { inputs: 1024, weights: 2048, output: 4096 };
const vectorBytes = 16;

export type Run = (rounds: number) => void;

/** What a tier's code is made of, in memory of its own. */
export class Trial {
  readonly rows = rows;
  readonly columns = columns;
  readonly inputs: Float32Array;
  readonly weights: Float32Array;
  readonly output: Float32Array;

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
