/** What a core can do at most: operations in registers, and bytes read of a memory that none of its own caches holds. */
import { forRange, loadVector, storeVector } from '../../src/wasm/arithmetic.js';
import { op } from '../../src/wasm/expression.js';
import { multiplyAdd, type Tier } from '../../src/wasm/kernels/kernel.js';
import { ModuleBuilder } from '../../src/wasm/module.js';

export interface MachineLimits {
  /** Floating-point operations in a nanosecond. */
  readonly peak: number;
  /** Bytes in a nanosecond. */
  readonly bandwidth: number;
}

const memoryBytes = 64 * 2 ** 20;
const rounds = 100_000;
const unroll = 4;

/** The best of many turns, in milliseconds: code is optimized meanwhile. */
async function fastest(run: () => void): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 60; turn++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
    // Optimized code arrives between turns.
    if (turn % 6 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
  }
  return best;
}

/** Measures one thread, in half a second. */
export async function measureMachine(tier: Tier): Promise<MachineLimits> {
  const module = new ModuleBuilder({ forgetsVectors: tier === 'wide' });
  module.memory({ initial: memoryBytes / 65536 + 1 });
  const sums = tier === 'wide' ? 24 : 12;
  const arithmetic = module.function('arithmetic', { params: [], results: [] }, (f) => {
    const totals = Array.from({ length: sums }, (_, i) => f.local('v128', loadVector(0, i * 16)));
    const factors = [0, 1].map((i) => f.local('v128', loadVector(1024, i * 16)));
    forRange(f, 0, rounds, 1, () => {
      for (let turn = 0; turn < unroll; turn++) {
        for (const [i, total] of totals.entries()) {
          f.set(total, multiplyAdd(tier, total, factors[i % 2]!, factors[i % 2]!));
        }
      }
    });
    for (const [i, total] of totals.entries()) storeVector(f, 0, i * 16, total);
  });
  const reading = module.function('reading', { params: [], results: [] }, (f) => {
    const totals = Array.from({ length: 8 }, (_, i) => f.local('v128', loadVector(0, i * 16)));
    const at = f.local('i32', 65536);
    forRange(f, 0, memoryBytes / 128, 1, () => {
      for (const [i, total] of totals.entries()) f.set(total, op('f32x4.add', total, loadVector(at, i * 16)));
      f.increase(at, 128);
    });
    for (const [i, total] of totals.entries()) storeVector(f, 0, i * 16, total);
  });
  module.export(arithmetic, 'arithmetic');
  module.export(reading, 'reading');
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()));
  // Pages that nobody has written are one and the same to the system.
  new Float32Array((exports['memory'] as WebAssembly.Memory).buffer).fill(1);
  return {
    peak: (rounds * unroll * sums * 8) / (await fastest(exports['arithmetic'] as () => void)) / 1e6,
    bandwidth: memoryBytes / (await fastest(exports['reading'] as () => void)) / 1e6,
  };
}
