/**
 * Whether the engine's relaxed product of bytes is exact for all of them: the specification leaves open what it makes of inputs
 * above 127, and processors differ. What it makes is the same for as long as the engine runs.
 */
import { loadVector, storeVector } from './arithmetic.js';
import { i32x4Const, op } from './expression.js';
import type { ByteProducts } from './kernels/byte-tile.js';
import type { Tier } from './kernels/kernel.js';
import { ModuleBuilder } from './module.js';

let known: boolean | undefined;

/** The form in which kernels sum products of bytes. */
export function byteProductsOf(tier: Tier): ByteProducts {
  if (tier === 'baseline') return 'pairs';
  known ??= isExact();
  return known ? 'relaxed' : 'pairs';
}

function isExact(): boolean {
  const module = new ModuleBuilder();
  module.memory({ initial: 1 });
  const multiply = module.function('multiply', { params: [], results: [] }, (f) => {
    const [weights, inputs] = [loadVector(0), loadVector(16)];
    storeVector(f, 32, 0, op('i32x4.relaxed_dot_i8x16_i7x16_add_s', weights, inputs, i32x4Const(1)));
  });
  module.export(multiply, 'multiply');
  const code = module.toBytes();
  if (!WebAssembly.validate(code)) return false;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const { buffer } = exports['memory'] as WebAssembly.Memory;
  const [weights, inputs, sums] = [
    new Int8Array(buffer, 0, 16),
    new Uint8Array(buffer, 16, 16),
    new Int32Array(buffer, 32, 4),
  ];
  const extremes = [
    [-128, 255],
    [127, 255],
    [-128, 127],
    [127, 128],
  ] as const;
  return extremes.every(([weight, input]) => {
    weights.fill(weight);
    inputs.fill(input);
    (exports['multiply'] as () => void)();
    return sums.every((sum) => sum === 4 * weight * input + 1);
  });
}
