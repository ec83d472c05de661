/** Compiles one kernel, with a memory of its own, and runs it over ranges of its units. */
import v8 from 'node:v8';
import { op } from '../../../src/wasm/expression.js';
import type { Kernel, KernelTarget, Tier } from '../../../src/wasm/kernels/kernel.js';
import { ModuleBuilder } from '../../../src/wasm/module.js';

const allTiers: readonly Tier[] = ['baseline', 'fma', 'wide'];

/** Whether UNSTRIDE_WIDE asks for the flag that `wide` exists for; without it, its code runs in 128 bits. */
if (process.env['UNSTRIDE_WIDE'] === '1') v8.setFlagsFromString('--experimental-wasm-revectorize');

function hasRelaxedSimd(): boolean {
  const module = new ModuleBuilder();
  module.function('f', { params: ['v128'], results: ['v128'] }, (f, v) => op('f32x4.relaxed_madd', v, v, v).emit(f));
  return WebAssembly.validate(module.toBytes());
}

/** For `describe.each`: the tiers, with a title that says why one is skipped. */
export const tiers = allTiers.map((tier) => {
  const isMissing = tier !== 'baseline' && !hasRelaxedSimd();
  return {
    tier,
    isMissing,
    title: isMissing ? `${tier} (skipped: Node ${process.version} has no relaxed SIMD)` : tier,
  };
});

const pageBytes = 65536;

/** What lies between the arrays: a kernel that writes there is caught. */
const guardFloats = 64;
const guardValue = 12345.5;

export interface RunOptions {
  /** Arrays in the order of the kernel's arguments; an array that occurs twice is one place in memory. */
  readonly arrays: readonly Float32Array[];
  /** Floats to add to each address. */
  readonly offsets?: readonly number[];
  /** Where the units are cut; the pieces run in the order given, the whole at once without. */
  readonly cuts?: readonly number[];
}

/**
 * Runs all units of a kernel and returns the arrays as they are afterwards.
 * @throws Error when memory outside of the arrays has changed.
 */
export function runKernel(tier: Tier, emit: (target: KernelTarget) => Kernel, options: RunOptions): Float32Array[] {
  const module = new ModuleBuilder();
  const places = new Map<Float32Array, number>();
  let position = guardFloats;
  for (const array of options.arrays) {
    if (places.has(array)) continue;
    places.set(array, position);
    position += Math.ceil(array.length / 4) * 4 + guardFloats;
  }
  const pages = Math.ceil((position * 4) / pageBytes);
  module.memory({ initial: pages });
  const kernel = emit({ module, tier });
  module.export(kernel.function, 'run');
  if (kernel.prepare !== undefined) module.export(kernel.prepare, 'prepare');
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()));
  const memory = new Float32Array((exports['memory'] as WebAssembly.Memory).buffer);
  memory.fill(guardValue);
  for (const [array, start] of places) memory.set(array, start);
  const addresses = options.arrays.map((array, i) => (places.get(array)! + (options.offsets?.[i] ?? 0)) * 4);
  const run = exports['run'] as (...args: number[]) => void;
  const borders = [0, ...(options.cuts ?? []).filter((cut) => cut < kernel.units).sort((a, b) => a - b), kernel.units];
  const pieces = borders.slice(1).map((end, i) => [borders[i]!, end] as const);
  // A thread does so once.
  (exports['prepare'] as ((...args: number[]) => void) | undefined)?.(...addresses);
  // Threads come in any order: the last first is one of them.
  for (const [begin, end] of pieces.reverse()) run(...addresses, begin, end);
  const results = options.arrays.map((array) => memory.slice(places.get(array)!, places.get(array)! + array.length));
  for (const [array, start] of places) memory.fill(guardValue, start, start + array.length);
  if (memory.some((value) => value !== guardValue)) throw new Error('the kernel writes outside of its arrays');
  return results;
}
