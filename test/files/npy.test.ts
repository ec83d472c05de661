import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../src/diagnostics.js';
import { readNpy, writeNpy } from '../../src/files/npy.js';
import { parseNpyHeader } from '../../src/files/npy-header.js';
import { type ElementType, elementTypeFacts } from '../../src/ir/element-type.js';
import { numbersOf, tensorFromNumbers } from '../../src/ir/numeric.js';
import { float32, Tensor } from '../../src/ir/tensor.js';
import { npyFile, problemOf } from './support.js';

const float32Bytes = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe('readNpy', () => {
  it.each([0, 1, 2, 3, 5])(
    'takes a Buffer that begins anywhere in its memory (%i), and leaves it as it is',
    (start) => {
      const header = "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }";
      const file = npyFile(header, Uint8Array.of(0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0));
      const memory = Buffer.alloc(file.length + start);
      memory.set(file, start);
      const bytes = memory.subarray(start);
      expect([...numbersOf(readNpy(bytes))]).toEqual([1, -2]);
      expect([...bytes]).toEqual([...file]);
    },
  );

  it.each([1, 2, 3] as const)('reads version %i.0', (version) => {
    const bytes = npyFile(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }",
      float32Bytes(1, 2, 3, 4),
      version,
    );
    expect(readNpy(bytes)).toEqual(float32([2, 2], [1, 2, 3, 4]));
  });

  it.each([
    ['|b1', 'bool', [1, 0, 7], [1, 0, 1]],
    ['|i1', 'int8', [255, 1], [-1, 1]],
    ['|u1', 'uint8', [255, 1], [255, 1]],
    ['<i2', 'int16', [0xfe, 0xff], [-2]],
    ['<u2', 'uint16', [0xfe, 0xff], [65534]],
    ['>u2', 'uint16', [1, 2], [258]],
    ['>i4', 'int32', [0xff, 0xff, 0xff, 0xfd], [-3]],
    ['<u4', 'uint32', [0xff, 0xff, 0xff, 0xff], [4294967295]],
    ['<i8', 'int64', [0xfb, 255, 255, 255, 255, 255, 255, 255], [-5]],
    ['>u8', 'uint64', [0, 0, 0, 0, 0, 0, 1, 0], [256]],
    ['<f2', 'float16', [0, 0x3c, 0, 0xc1], [1, -2.5]],
    ['>f2', 'float16', [0x3c, 0], [1]],
    ['>f4', 'float32', [0x3f, 0xc0, 0, 0], [1.5]],
    ['<f8', 'float64', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], [1]],
    ['=f8', 'float64', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f], [1]],
  ] as const)('reads %s as %s', (descr, type, bytes, expected) => {
    const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${expected.length},), }`;
    const tensor = readNpy(npyFile(header, Uint8Array.from(bytes)));
    expect(tensor.type).toBe(type);
    expect([...numbersOf(tensor)]).toEqual(expected);
  });

  it('puts Fortran order right', () => {
    const data = float32Bytes(1, 4, 2, 5, 3, 6);
    const tensor = readNpy(npyFile("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", data));
    expect(tensor).toEqual(float32([2, 3], [1, 2, 3, 4, 5, 6]));
    const cube = npyFile(
      "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 2), }",
      Uint8Array.of(0, 4, 2, 6, 1, 5, 3, 7),
    );
    expect([...numbersOf(readNpy(cube))]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('reads scalars and arrays without elements', () => {
    expect(readNpy(npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", float32Bytes(7)))).toEqual(
      float32([], [7]),
    );
    expect(
      readNpy(npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", new Uint8Array())).dims,
    ).toEqual([0, 3]);
  });

  it.each([
    ['<U5', 'the array holds strings'],
    ['|S3', 'the array holds byte strings'],
    ['|O', 'the array holds Python objects'],
    ['<M8[ns]', "the dtype '<M8[ns]' cannot be fed"],
    ['<c8', "the dtype '<c8' cannot be fed"],
    ['<f16', "the dtype '<f16' cannot be fed"],
    ['|V2', "the dtype '|V2' cannot be fed"],
  ])('refuses %s', (descr, message) => {
    const bytes = npyFile(`{'descr': '${descr}', 'fortran_order': False, 'shape': (1,), }`, new Uint8Array(20));
    expect(problemOf(() => readNpy(bytes))).toMatchObject({
      code: 'US2005',
      message,
      hint: expect.stringContaining('astype'),
    });
  });

  it('refuses records', () => {
    const bytes = npyFile(
      "{'descr': [('x', '<f4'), ('y', '<i4')], 'fortran_order': False, 'shape': (1,), }",
      new Uint8Array(8),
    );
    expect(problemOf(() => readNpy(bytes)).message).toContain('records');
  });

  it('checks sizes before it allocates', () => {
    const huge = npyFile(
      "{'descr': '<f8', 'fortran_order': False, 'shape': (9007199254740991, 9007199254740991), }",
      new Uint8Array(8),
    );
    expect(problemOf(() => readNpy(huge))).toMatchObject({ code: 'US2005', message: 'the array is truncated' });
    const short = npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", new Uint8Array(7));
    expect(problemOf(() => readNpy(short))).toMatchObject({ expected: '8 bytes for float32[2]', actual: '7 bytes' });
    const long = npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", new Uint8Array(9));
    expect(problemOf(() => readNpy(long)).message).toBe('the array is followed by other bytes');
  });

  it('names what is wrong with the start of the file', () => {
    const good = npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", float32Bytes(1));
    expect(problemOf(() => readNpy(Uint8Array.of(1, 2, 3))).message).toBe('the file is not a .npy array');
    expect(problemOf(() => readNpy(good.subarray(0, 7))).message).toBe('the .npy header is truncated');
    expect(problemOf(() => readNpy(good.subarray(0, 40))).message).toBe('the .npy header is truncated');
    const future = good.slice();
    future[6] = 9;
    expect(problemOf(() => readNpy(future))).toMatchObject({ expected: '1.0, 2.0 or 3.0', actual: '9.0' });
  });

  it('fails with a problem, never otherwise, on damaged files', () => {
    const good = npyFile("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", float32Bytes(1, 2, 3, 4));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
        const bytes = good.slice(0, length);
        if (at < length) bytes[at] = byte;
        try {
          readNpy(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError);
        }
      }),
    );
  });
});

describe('parseNpyHeader', () => {
  it('reads what other writers write', () => {
    const expected = { descr: '<i4', fortranOrder: false, shape: [3, 4] };
    expect(parseNpyHeader('{"shape": [3, 4], "fortran_order": False, "descr": "<i4"}')).toEqual(expected);
    expect(parseNpyHeader("{'descr':'<i4','fortran_order':False,'shape':(3L, 4L)}\n")).toEqual(expected);
  });

  it.each([
    '',
    '{',
    '__import__("os")',
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1.5,), }",
    "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }",
    "{'descr': '<f4', 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } + 1",
    `{'descr': '<f4', 'fortran_order': False, 'shape': ${'('.repeat(50)}${')'.repeat(50)}, }`,
  ])('refuses %j', (text) => {
    expect(problemOf(() => parseNpyHeader(text))).toMatchObject({
      code: 'US2005',
      message: 'the .npy header is damaged',
    });
  });
});

describe('writeNpy', () => {
  const types: ElementType[] = [
    'bool',
    'int8',
    'int16',
    'int32',
    'int64',
    'uint8',
    'uint16',
    'uint32',
    'uint64',
    'float16',
    'float32',
    'float64',
  ];

  it.each(types)('writes %s so that it reads back', (type) => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { maxLength: 4 }), fc.nat(1), (dims, offset) => {
        const count = dims.reduce((a, b) => a * b, 1);
        const tensor = tensorFromNumbers(
          type,
          dims,
          Array.from({ length: count }, (_, i) => (i + offset) % 2),
        );
        expect(readNpy(writeNpy(tensor).bytes)).toEqual(tensor);
      }),
      { numRuns: 30 },
    );
  });

  it('starts the data at a multiple of 64', () => {
    const { bytes } = writeNpy(float32([3], [1, 2, 3]));
    expect(bytes.length % 64).toBe(12);
    expect(new TextDecoder().decode(bytes.subarray(10, 70))).toMatch(
      /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(3,\), \} *$/,
    );
  });

  it.each([
    ['bfloat16', 'float32'],
    ['float8e5m2', 'float32'],
    ['float4e2m1', 'float32'],
    ['int4', 'int8'],
    ['uint4', 'uint8'],
  ] as const)('writes %s as %s', (type, written) => {
    const tensor = tensorFromNumbers(type, [3], [0, 1, 2]);
    const { bytes, type: actual } = writeNpy(tensor);
    expect(actual).toBe(written);
    expect(elementTypeFacts(written).bits).toBeGreaterThan(elementTypeFacts(type).bits);
    expect([...numbersOf(readNpy(bytes))]).toEqual([0, 1, 2]);
  });

  it('refuses strings', () => {
    expect(problemOf(() => writeNpy(new Tensor('string', [1], ['a']))).code).toBe('US2010');
  });
});
