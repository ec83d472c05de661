/** Rounding to floats of 8 and 4 bits in four lanes is what Cast does by their bits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ElementType } from '../../../src/ir/element-type.js';
import { numbersOf, tensorFromNumbers } from '../../../src/ir/numeric.js';
import { float32 } from '../../../src/ir/tensor.js';
import { type ConversionOptions, convertTensor, type RoundMode } from '../../../src/ops/elementwise/conversion.js';
import { elementwise } from '../../../src/wasm/kernels/elementwise.js';
import { input, unary } from '../../../src/wasm/kernels/elementwise-expression.js';
import { register } from '../../../src/wasm/kernels/groups/small-floats.js';
import { type SmallFloatRounding, smallFloatRoundings } from '../../../src/wasm/kernels/small-floats.js';
import { runKernel, tiers } from './run-kernel.js';

register();

type Tier = (typeof tiers)[number]['tier'];

function rounded(rounding: SmallFloatRounding, numbers: Float32Array, tier: Tier = 'baseline'): Float32Array {
  const params = { tree: unary(rounding, input(0)), axes: [], channels: numbers.length, writable: numbers.length };
  const arrays = [numbers, new Float32Array(numbers.length)];
  return runKernel(tier, (target) => elementwise(target, { ...params, isBroadcast: [false] }), { arrays })[1]!;
}

function optionsOf(rounding: SmallFloatRounding): ConversionOptions {
  const mode = ['down', 'nearest'].find((name) => rounding.includes(name)) ?? 'up';
  return {
    saturate: rounding.endsWith('saturated'),
    saturatesInfinity: !rounding.includes('finite'),
    roundMode: mode as RoundMode,
  };
}

/** Where the kernel differs from a Cast; the numbers also go through the type's bits as they do at the border of a run. */
function differing(rounding: SmallFloatRounding, numbers: Float32Array, tier?: Tier) {
  const type = rounding.split(' ')[0] as ElementType;
  const expected = numbersOf(convertTensor(float32([numbers.length], numbers), type, optionsOf(rounding)));
  const made = rounded(rounding, numbers, tier);
  const actual = numbersOf(tensorFromNumbers(type, [made.length], made));
  return [...numbers.keys()]
    .filter((i) => !Object.is(actual[i], expected[i]) || !Object.is(made[i], expected[i]))
    .map((i) => [numbers[i], made[i], actual[i], expected[i]]);
}

/** All signs, exponents and three bits of the mantissa, with what comes before and after a midpoint. */
const everywhere = new Float32Array(
  Uint32Array.from({ length: (1 << 12) * 8 }, (_, i) => {
    const low = [0, 1, 0x7_ffff, 0x8_0000, 0x8_0001, 0xf_ffff, 0x4_0000, 0x3_ffff][i % 8]!;
    return (((i >>> 3) << 20) | low) >>> 0;
  }).buffer,
);

describe.each(Object.keys(smallFloatRoundings) as SmallFloatRounding[])('rounding to %s', (rounding) => {
  it('is that of a Cast around every number of the type, and at infinities and NaN', () => {
    expect(differing(rounding, everywhere).slice(0, 5)).toEqual([]);
  });
});

describe.each(tiers)('rounding to small floats, $tier', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('is that of a Cast for any bits', () => {
    const words = fc.uint32Array({ minLength: 32, maxLength: 32 });
    const names = fc.constantFrom(...(Object.keys(smallFloatRoundings) as SmallFloatRounding[]));
    fc.assert(
      fc.property(names, words, (rounding, bits) => {
        expect(differing(rounding, new Float32Array(Uint32Array.from(bits).buffer), tier)).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});
