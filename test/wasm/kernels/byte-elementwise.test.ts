/** Trees of bytes against their meaning in float32, for all 256 bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteElementwise } from '../../../src/wasm/kernels/byte-elementwise.js';
import { byteMap } from '../../../src/wasm/kernels/byte-map.js';
import {
  binary,
  clip,
  constant,
  type Elementwise,
  input,
  unary,
} from '../../../src/wasm/kernels/elementwise-expression.js';
import { runKernel, tiers } from './run-kernel.js';

const scale = fc.oneof(fc.constantFrom(0.5, 1, 2, 0.125), fc.double({ min: 1e-3, max: 8, noNaN: true }));
const zero = fc.constantFrom(0, 1, 113, 128, 254, 255);
const requantization = fc.record({ from: scale, to: scale, fromZero: zero, toZero: zero, cut: fc.nat(8) });

type Requantization = typeof requantization extends fc.Arbitrary<infer T> ? T : never;

/** Another scale and zero point, as DequantizeLinear and QuantizeLinear are compiled. */
function requantized({ from, to, fromZero, toZero }: Requantization): Elementwise {
  const real = binary('mul', binary('sub', input(0), constant(fromZero)), constant(Math.fround(from)));
  const rounded = unary('round', binary('div', real, constant(Math.fround(to))));
  return binary('add', clip(rounded, -toZero, 255 - toZero), constant(toZero));
}

function expected({ from, to, fromZero, toZero }: Requantization): number[] {
  return Array.from({ length: 256 }, (_, x) => {
    const quotient = Math.fround(Math.fround((x - fromZero) * Math.fround(from)) / Math.fround(to));
    const isTie = Math.abs(quotient % 1) === 0.5;
    const rounded = isTie ? 2 * Math.round(quotient / 2) : Math.round(quotient);
    return Math.min(255, Math.max(0, rounded + toZero));
  });
}

const everyByte = new Float32Array(Uint8Array.from({ length: 256 }, (_, i) => i).buffer);

describe.each(tiers)('bytes with another scale, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('are rounded as the tree is, whether it is one product and sum or not', () => {
    let maps = 0;
    fc.assert(
      fc.property(requantization, (g) => {
        const tree = requantized(g);
        if (byteMap(tree) !== undefined) maps++;
        const axes = [{ size: 8, strides: [8, 8] }];
        const params = { tree, axes, channels: 32, writable: 32, inputs: ['bytes'], output: 'bytes' } as const;
        const arrays = [everyByte, new Float32Array(64)];
        const [, output] = runKernel(tier, (target) => byteElementwise(target, params), { arrays, cuts: [g.cut] });
        expect(Array.from(new Uint8Array(output!.buffer))).toEqual(expected(g));
      }),
      { numRuns: 40 },
    );
    expect(maps).toBeGreaterThan(20);
  });
});

describe('byteMap', () => {
  it('is none of what bends, or is of several values', () => {
    expect(byteMap(binary('max', input(0), constant(9)))).toBeUndefined();
    expect(byteMap(binary('mul', input(0), input(0)))).toBeUndefined();
    expect(byteMap(binary('add', input(0), input(1)))).toBeUndefined();
    expect(byteMap(unary('sigmoid', input(0)))).toBeUndefined();
  });
});
