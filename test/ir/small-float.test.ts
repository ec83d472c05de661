import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementTypeFacts } from '../../src/ir/element-type.js';
import { decodeE8M0, decodeSmallFloat, encodeSmallFloat, type SmallFloat } from '../../src/ir/small-float.js';

const formats: readonly SmallFloat[] = [
  'float16',
  'bfloat16',
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'float4e2m1',
];

const patterns = (type: SmallFloat) => Array.from({ length: 1 << elementTypeFacts(type).bits }, (_, bits) => bits);

describe.each(formats)('%s', (type) => {
  const values = patterns(type).map((bits) => decodeSmallFloat(type, bits));
  const finite = [...new Set(values.filter(Number.isFinite))].sort((a, b) => a - b);

  it('encodes every value it decodes to the same bits', () => {
    for (const bits of patterns(type)) {
      const value = decodeSmallFloat(type, bits);
      if (Number.isNaN(value)) expect(decodeSmallFloat(type, encodeSmallFloat(type, value))).toBeNaN();
      else expect(encodeSmallFloat(type, value), `${value}`).toBe(bits);
    }
  });

  it('rounds to the nearest value', () => {
    fc.assert(
      fc.property(fc.double({ min: finite[0]!, max: finite.at(-1)!, noNaN: true }), (value) => {
        const rounded = decodeSmallFloat(type, encodeSmallFloat(type, value));
        const distance = finite.reduce(
          (best, candidate) => Math.min(best, Math.abs(candidate - value)),
          Number.POSITIVE_INFINITY,
        );
        expect(Math.abs(rounded - value)).toBe(distance);
      }),
      { numRuns: type === 'float16' || type === 'bfloat16' ? 20 : 500 },
    );
  });

  it('saturates when told', () => {
    expect(decodeSmallFloat(type, encodeSmallFloat(type, 1e300, true))).toBe(finite.at(-1));
    expect(decodeSmallFloat(type, encodeSmallFloat(type, Number.NEGATIVE_INFINITY, true))).toBe(finite[0]);
  });
});

describe('known values', () => {
  it('float16', () => {
    expect(encodeSmallFloat('float16', 1)).toBe(0x3c00);
    expect(encodeSmallFloat('float16', -2)).toBe(0xc000);
    expect(encodeSmallFloat('float16', 65504)).toBe(0x7bff);
    expect(encodeSmallFloat('float16', 65520)).toBe(0x7c00);
    expect(encodeSmallFloat('float16', 2 ** -24)).toBe(1);
    expect(encodeSmallFloat('float16', 2 ** -25)).toBe(0);
    expect(encodeSmallFloat('float16', 1 + 2 ** -11)).toBe(0x3c00);
    expect(encodeSmallFloat('float16', 1 + 3 * 2 ** -11)).toBe(0x3c02);
  });
  it('float8: the largest of each kind', () => {
    expect(decodeSmallFloat('float8e4m3fn', 0x7e)).toBe(448);
    expect(decodeSmallFloat('float8e4m3fnuz', 0x7f)).toBe(240);
    expect(decodeSmallFloat('float8e5m2', 0x7b)).toBe(57344);
    expect(decodeSmallFloat('float8e5m2fnuz', 0x7f)).toBe(57344);
    expect(decodeSmallFloat('float8e4m3fnuz', 0x80)).toBeNaN();
    expect(encodeSmallFloat('float8e4m3fnuz', -0)).toBe(0);
  });
  it('float4e2m1 has eight magnitudes', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((bits) => decodeSmallFloat('float4e2m1', bits))).toEqual([
      0, 0.5, 1, 1.5, 2, 3, 4, 6,
    ]);
  });
  it('float8e8m0 is a power of two', () => {
    expect([0, 127, 128, 254].map(decodeE8M0)).toEqual([2 ** -127, 1, 2, 2 ** 127]);
    expect(decodeE8M0(255)).toBeNaN();
  });
});
