import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/wasm/bytes.js';

/** By the definition: groups of 7 bits, the lowest first, the last one's bit 6 as the sign when there is one. */
function decode(bytes: Uint8Array, isSigned: boolean): bigint {
  let value = 0n;
  for (const [i, byte] of bytes.entries()) value += BigInt(byte & 0x7f) << BigInt(7 * i);
  const isNegative = isSigned && (bytes.at(-1)! & 0x40) !== 0;
  return isNegative ? value - (1n << BigInt(7 * bytes.length)) : value;
}

/** All bytes but the last have bit 7. */
function isOneNumber(bytes: Uint8Array): boolean {
  return bytes.every((byte, i) => byte >= 0x80 === i < bytes.length - 1);
}

describe('ByteWriter', () => {
  it('writes the numbers of the LEB128 definition', () => {
    expect([...new ByteWriter().unsigned(624485).toBytes()]).toEqual([0xe5, 0x8e, 0x26]);
    expect([...new ByteWriter().signed(-123456).toBytes()]).toEqual([0xc0, 0xbb, 0x78]);
    expect([...new ByteWriter().signed(64).toBytes()]).toEqual([0xc0, 0x00]);
    expect([...new ByteWriter().signed(-64).toBytes()]).toEqual([0x40]);
  });

  it('keeps every unsigned 32-bit integer', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffffffff }), (value) => {
        const bytes = new ByteWriter().unsigned(value).toBytes();
        expect(decode(bytes, false)).toBe(BigInt(value));
        expect(isOneNumber(bytes)).toBe(true);
        expect(bytes.length).toBe(Math.max(1, Math.ceil(value.toString(2).length / 7)));
      }),
    );
  });

  it('keeps every signed 64-bit integer, in as few bytes as there are', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat(63), (wide, shift) => {
        const value = wide >> BigInt(shift);
        const bytes = new ByteWriter().signed(value).toBytes();
        expect(decode(bytes, true)).toBe(value);
        expect(isOneNumber(bytes)).toBe(true);
        const shorter = 7n * BigInt(bytes.length - 1);
        if (bytes.length > 1) expect(BigInt.asIntN(Number(shorter), value)).not.toBe(value);
      }),
    );
  });

  it('refuses what does not fit', () => {
    expect(() => new ByteWriter().unsigned(2 ** 32)).toThrow(RangeError);
    expect(() => new ByteWriter().unsigned(-1)).toThrow(RangeError);
    expect(() => new ByteWriter().unsigned(0.5)).toThrow(RangeError);
    expect(() => new ByteWriter().signed(2n ** 63n)).toThrow(RangeError);
  });

  it('grows', () => {
    const writer = new ByteWriter();
    for (let i = 0; i < 1000; i++) writer.bytes([i & 0xff, 1, 2]);
    expect(writer.length).toBe(3000);
    expect([...writer.toBytes().subarray(2997)]).toEqual([999 & 0xff, 1, 2]);
  });
});
