/** The reader of the wire format, held to that of protobufjs. */
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { WireReader } from '../../src/onnx/wire-reader.js';

/** What both have, by the same name, as far as messages of ONNX want it. */
const reads = ['tag', 'size', 'int32', 'int64', 'int64s', 'float', 'floats', 'bytes', 'string'] as const;
type Read = (typeof reads)[number];

const ours = (bytes: Uint8Array) => {
  const reader = new WireReader(bytes, () => {});
  const listed = (read: 'int64s' | 'floats') => {
    const values: (number | bigint)[] = [];
    reader[read](values as number[]);
    return values;
  };
  return {
    reader,
    read: (name: Read): unknown => (name === 'int64s' || name === 'floats' ? listed(name) : reader[name]()),
    skip: (type: number, field: number) => reader.skip(type, field, 0),
  };
};

const theirs = (bytes: Uint8Array) => {
  const reader = protobuf.Reader.create(bytes);
  return {
    reader,
    read: (name: Read): unknown => reader[name](),
    skip: (type: number, field: number) => void reader.skipType(type, 0, field),
  };
};

/** A value, or that bytes are missing, or that they are no message. */
function outcome(act: () => unknown): string {
  try {
    return JSON.stringify(act(), (_, value) => (Number.isFinite(Number(value)) ? String(value) : value)) ?? '';
  } catch (error) {
    return error instanceof RangeError ? 'missing' : 'wrong';
  }
}

/** Bytes of which many go on, many are lengths, and some are signs of 64 bits. */
const bytes = fc
  .array(fc.oneof(fc.nat(255), fc.nat(12), fc.constantFrom(127, 128, 129, 255), fc.constant(0x61)), { maxLength: 24 })
  .map((list) => Uint8Array.from(list));

describe('the reader', () => {
  it('reads what protobufjs reads, and fails where that fails', () => {
    const step = fc.oneof(fc.constantFrom(...reads), fc.record({ type: fc.nat(7), field: fc.nat(3) }));
    const property = fc.property(bytes, fc.array(step, { minLength: 1, maxLength: 4 }), (input, steps) => {
      const [a, b] = [ours(input), theirs(input)];
      for (const step of steps) {
        const [x, y] = [a, b].map((side) =>
          outcome(() => (typeof step === 'string' ? side.read(step) : side.skip(step.type, step.field))),
        );
        expect(x).toBe(y);
        if (x === 'missing' || x === 'wrong') return;
        expect(a.reader.pos).toBe(b.reader.pos);
      }
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it.each([
    { value: 'zero', input: [0], gives: 0 },
    { value: 'minus one', input: [255, 255, 255, 255, 255, 255, 255, 255, 255, 1], gives: -1 },
    { value: '2^53 - 1', input: [255, 255, 255, 255, 255, 255, 255, 15], gives: Number.MAX_SAFE_INTEGER },
    { value: '2^53', input: [128, 128, 128, 128, 128, 128, 128, 16], gives: 2n ** 53n },
    { value: 'the largest', input: [255, 255, 255, 255, 255, 255, 255, 255, 127], gives: 2n ** 63n - 1n },
    { value: 'the smallest', input: [128, 128, 128, 128, 128, 128, 128, 128, 128, 1], gives: -(2n ** 63n) },
  ])('has $value of 64 bits exactly', ({ input, gives }) => {
    expect(new WireReader(Uint8Array.from(input), () => {}).int64()).toBe(gives);
  });

  it('counts what it reads', () => {
    let count = 0;
    const reader = new WireReader(Uint8Array.from([8, 1, 3, 1, 2, 3]), () => count++);
    reader.tag();
    reader.int64();
    reader.int64s([]);
    expect(count).toBe(5);
  });
});
