/** Trees of bytes against their meaning in float32, for all 256 bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteElementwise } from '../../../src/wasm/kernels/byte-elementwise.js';
import { byteMap, byteRounding } from '../../../src/wasm/kernels/byte-map.js';
import { byteTable } from '../../../src/wasm/kernels/byte-table.js';
import {
  binary,
  clip,
  constant,
  type Elementwise,
  input,
  unary,
} from '../../../src/wasm/kernels/elementwise-expression.js';
import type { KernelTarget } from '../../../src/wasm/kernels/kernel.js';
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

describe.each(tiers)('floats that become bytes, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)(
    'are divided, rounded and bounded, with a zero point that is a number of the tree or an input',
    () => {
      const numbers = [0, -0, 0.5, 1.5, 2.5, -0.5, -3, 7.49, 254.5, 255.5, 1e9, -1e9, Infinity, -Infinity, 3e38, 99.99];
      const quotients = fc.record({ step: fc.constantFrom(1, 0.5, 0.3, 3), zeroPoint: zero, isInput: fc.boolean() });
      fc.assert(
        fc.property(quotients, ({ step, zeroPoint, isInput }) => {
          const rounded = unary('round', binary('div', input(0), input(1)));
          const tree = isInput
            ? clip(binary('add', rounded, input(2)), 0, 255)
            : binary('add', clip(rounded, -zeroPoint, 255 - zeroPoint), constant(zeroPoint));
          const inputs = isInput ? (['floats', 'number', 'number'] as const) : (['floats', 'number'] as const);
          const axes = [{ size: 1, strides: [0, 0, 0, 0] }];
          const params = { tree, axes, channels: 16, writable: 16, inputs, output: 'bytes' } as const;
          const operands = [Float32Array.from(numbers), Float32Array.of(step), Float32Array.of(zeroPoint)];
          const arrays = [...operands.slice(0, inputs.length), new Float32Array(4)];
          const results = runKernel(tier, (target) => byteElementwise(target, params), { arrays });
          const expectedBytes = numbers.map((x) => {
            const quotient = Math.fround(x / Math.fround(step));
            const isTie = Math.abs(quotient % 1) === 0.5;
            return Math.min(
              255,
              Math.max(0, (isTie ? 2 * Math.round(quotient / 2) : Math.round(quotient)) + zeroPoint),
            );
          });
          expect(Array.from(new Uint8Array(results.at(-1)!.buffer).subarray(0, 16))).toEqual(expectedBytes);
        }),
        { numRuns: 20 },
      );
    },
  );
});

describe.each(tiers)('a table of bytes, $title', ({ tier, isMissing }) => {
  it.skipIf(isMissing)('is looked up for the channels of each pixel, and nothing else is written', () => {
    const table = Uint8Array.from({ length: 256 }, (_, i) => (i * 77 + 5) & 255);
    for (const channels of [1, 16, 37]) {
      const words = Math.ceil(channels / 32) * 8;
      const axes = [{ size: 5, strides: [words, 0, words] }];
      const input = Uint8Array.from({ length: 5 * words * 4 }, (_, i) => (i * 31) & 255);
      const arrays = [input, table].map((bytes) => new Float32Array(bytes.buffer.slice(0)));
      const kernel = (target: KernelTarget) => byteTable(target, { axes, channels, isFloats: false });
      const results = runKernel(tier, kernel, { arrays: [...arrays, new Float32Array(5 * words)], cuts: [1] });
      const wanted = input.map((byte, i) => (i % (words * 4) < channels ? table[byte]! : 0));
      expect(Array.from(new Uint8Array(results[2]!.buffer))).toEqual(Array.from(wanted));

      const floats = Float32Array.from(table, (byte) => byte / 4 - 1);
      const size = { axes: [{ size: 5, strides: [words, 0, words * 4] }], channels, isFloats: true };
      const found = runKernel(tier, (target) => byteTable(target, size), {
        arrays: [arrays[0]!, floats, new Float32Array(5 * words * 4)],
      });
      expect(Array.from(found[2]!)).toEqual(
        Array.from(input, (byte, i) => (i % (words * 4) < channels ? floats[byte]! : 0)),
      );
    }
  });
});

describe('byteRounding', () => {
  it('is one rounding where the second one only changes the zero point', () => {
    const integers = fc.record({ from: zero, to: zero, scale, isSigned: fc.boolean() });
    fc.assert(
      fc.property(integers, ({ from, to, scale: step, isSigned }) => {
        const lowest = isSigned ? -128 : 0;
        const inner = (sum: Elementwise) => {
          const rounded = unary('round', binary('mul', sum, constant(0.25)));
          return binary('add', clip(rounded, lowest - from, lowest + 255 - from), constant(from));
        };
        const number = constant(Math.fround(step));
        const real = binary('mul', binary('sub', inner(input(0)), constant(from)), number);
        const outer = clip(unary('round', binary('div', real, number)), -to, 255 - to);
        const rounding = byteRounding(binary('add', outer, constant(to)));
        const { offset, least, most, factor } = rounding!;
        expect(factor).toBe(0.25);
        const sums = Array.from({ length: 300 }, (_, i) => (i - 150) * 7);
        const halves = sums.map((sum) =>
          Math.abs((sum / 4) % 1) === 0.5 ? 2 * Math.round(sum / 8) : Math.round(sum / 4),
        );
        const twice = halves.map((half) => {
          const first = Math.min(lowest + 255 - from, Math.max(lowest - from, half));
          return Math.min(255, Math.max(0, first + to));
        });
        expect(halves.map((half) => Math.min(most, Math.max(least, half + offset)))).toEqual(twice);
      }),
      { numRuns: 50 },
    );
  });

  it('is none where the second scale is another', () => {
    const inner = clip(unary('round', input(0)), 0, 255);
    expect(byteRounding(clip(unary('round', binary('mul', inner, constant(0.7))), 0, 255))).toBeUndefined();
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
