/** Elements of every type, wherever a file keeps them. */
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../src/diagnostics.js';
import { type ElementType, elementTypeFacts, elementTypes } from '../../src/ir/element-type.js';
import { numbersOf } from '../../src/ir/numeric.js';
import type { Tensor } from '../../src/ir/tensor.js';
import { readConstant } from '../../src/onnx/constant.js';
import { decodeTensor } from '../../src/onnx/decode.js';
import type { TensorProtoLike } from '../../src/onnx/proto.js';
import { readTensorProto } from '../../src/onnx/tensor-proto.js';
import { problemOf } from '../files/support.js';
import { varint, wireField } from '../support/model.js';

type Field = 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';

interface TypeCase {
  readonly type: ElementType;
  /** What the elements are worth. */
  readonly values: readonly (number | bigint)[];
  /** raw_data, written out. */
  readonly raw: readonly number[];
  readonly field: Field;
  /** The entries of the typed field. */
  readonly entries: readonly (number | bigint)[];
}

const cases: readonly TypeCase[] = [
  {
    type: 'float32',
    values: [1, -2.5, 0],
    raw: [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 0, 0, 0, 0],
    field: 'floatData',
    entries: [1, -2.5, 0],
  },
  {
    type: 'float64',
    values: [1, -0.5],
    raw: [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0xe0, 0xbf],
    field: 'doubleData',
    entries: [1, -0.5],
  },
  {
    type: 'float16',
    values: [1, -2, 65504, 2 ** -24],
    raw: [0, 0x3c, 0, 0xc0, 0xff, 0x7b, 1, 0],
    field: 'int32Data',
    entries: [0x3c00, 0xc000, 0x7bff, 1],
  },
  {
    type: 'bfloat16',
    values: [1, -2, 0.15625],
    raw: [0x80, 0x3f, 0, 0xc0, 0x20, 0x3e],
    field: 'int32Data',
    entries: [0x3f80, 0xc000, 0x3e20],
  },
  // 1 is the bias of each format in its exponent; the last is the largest number.
  {
    type: 'float8e4m3fn',
    values: [1, -1, 448],
    raw: [0x38, 0xb8, 0x7e],
    field: 'int32Data',
    entries: [0x38, 0xb8, 0x7e],
  },
  {
    type: 'float8e4m3fnuz',
    values: [1, -1, 240],
    raw: [0x40, 0xc0, 0x7f],
    field: 'int32Data',
    entries: [0x40, 0xc0, 0x7f],
  },
  {
    type: 'float8e5m2',
    values: [1, -1, 57344],
    raw: [0x3c, 0xbc, 0x7b],
    field: 'int32Data',
    entries: [0x3c, 0xbc, 0x7b],
  },
  {
    type: 'float8e5m2fnuz',
    values: [1, -1, 57344],
    raw: [0x40, 0xc0, 0x7f],
    field: 'int32Data',
    entries: [0x40, 0xc0, 0x7f],
  },
  { type: 'float8e8m0', values: [1, 2, 0.5], raw: [127, 128, 126], field: 'int32Data', entries: [127, 128, 126] },
  // Two to a byte, the first in the lower half; an odd one leaves the upper half free.
  { type: 'float4e2m1', values: [1, -6, 0.5], raw: [0xf2, 0x01], field: 'int32Data', entries: [0xf2, 0x01] },
  { type: 'uint4', values: [1, 15, 8], raw: [0xf1, 0x08], field: 'int32Data', entries: [0xf1, 0x08] },
  { type: 'int4', values: [1, -1, -8], raw: [0xf1, 0x08], field: 'int32Data', entries: [0xf1, 0x08] },
  { type: 'uint2', values: [0, 1, 2, 3, 2], raw: [0b11_10_01_00, 0b10], field: 'int32Data', entries: [0xe4, 2] },
  { type: 'int2', values: [0, 1, -2, -1, -2], raw: [0b11_10_01_00, 0b10], field: 'int32Data', entries: [0xe4, 2] },
  { type: 'int8', values: [1, -1, -128], raw: [1, 0xff, 0x80], field: 'int32Data', entries: [1, -1, -128] },
  { type: 'uint8', values: [1, 255], raw: [1, 0xff], field: 'int32Data', entries: [1, 255] },
  { type: 'int16', values: [256, -2], raw: [0, 1, 0xfe, 0xff], field: 'int32Data', entries: [256, -2] },
  { type: 'uint16', values: [256, 65535], raw: [0, 1, 0xff, 0xff], field: 'int32Data', entries: [256, 65535] },
  {
    type: 'int32',
    values: [2 ** 24, -(2 ** 31)],
    raw: [0, 0, 0, 1, 0, 0, 0, 0x80],
    field: 'int32Data',
    entries: [2 ** 24, -(2 ** 31)],
  },
  {
    type: 'uint32',
    values: [2 ** 24, 2 ** 32 - 1],
    raw: [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff],
    field: 'uint64Data',
    entries: [2 ** 24, 2 ** 32 - 1],
  },
  {
    type: 'int64',
    values: [2n ** 40n + 1n, -(2n ** 63n), 2n ** 63n - 1n],
    raw: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    field: 'int64Data',
    entries: [2n ** 40n + 1n, -(2n ** 63n), 2n ** 63n - 1n],
  },
  {
    type: 'uint64',
    values: [2n ** 32n, 2n ** 64n - 1n],
    raw: [0, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    field: 'uint64Data',
    entries: [2n ** 32n, 2n ** 64n - 1n],
  },
  { type: 'bool', values: [1, 0, 1], raw: [1, 0, 1], field: 'int32Data', entries: [1, 0, 1] },
];

/** TensorProto's field numbers. */
const numbers: Readonly<Record<Field, number>> = {
  floatData: 4,
  int32Data: 5,
  int64Data: 7,
  doubleData: 10,
  uint64Data: 11,
};

function valuesOf(tensor: Tensor): (number | bigint)[] {
  const { data } = tensor;
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? [...data] : [...numbersOf(tensor)];
}

function encode(proto: TensorProtoLike): Uint8Array {
  return new Uint8Array(onnx.TensorProto.encode(proto as onnx.ITensorProto).finish());
}

function header({ type, values }: TypeCase): number[] {
  return [...wireField(1, 0, varint(values.length)), ...wireField(2, 0, varint(elementTypeFacts(type).code))];
}

/** The bytes of one entry, and its wire type when it stands alone. */
function entryBytes(field: Field, entry: number | bigint): { readonly wireType: 0 | 1 | 5; readonly bytes: number[] } {
  if (field === 'floatData') return { wireType: 5, bytes: [...new Uint8Array(Float32Array.of(Number(entry)).buffer)] };
  if (field === 'doubleData') return { wireType: 1, bytes: [...new Uint8Array(Float64Array.of(Number(entry)).buffer)] };
  return { wireType: 0, bytes: varint(entry) };
}

describe('every element type', () => {
  it('is among the cases, but for strings and complex numbers', () => {
    const missing = elementTypes.filter((type) => !cases.some((test) => test.type === type));
    expect(missing).toEqual(['string', 'complex64', 'complex128']);
  });

  describe.each(cases)('$type', (test) => {
    const { type, values, raw, field, entries } = test;
    const { code } = elementTypeFacts(type);

    const check = (bytes: Uint8Array) => {
      const constant = readConstant(decodeTensor(bytes), undefined);
      expect(constant).toMatchObject({ type, dims: [values.length], byteLength: raw.length, storage: 'inline' });
      const tensor = constant.load();
      expect(tensor.type).toBe(type);
      expect(valuesOf(tensor)).toEqual(values);
      return constant;
    };

    it('in raw_data', () => {
      const bytes = encode({ dims: [values.length], dataType: code, rawData: Uint8Array.from(raw) });
      const constant = check(bytes);
      expect([...constant.bytes!()]).toEqual(raw);
    });

    it('in raw_data at any alignment', () => {
      const bytes = encode({ dims: [values.length], dataType: code, rawData: Uint8Array.from(raw) });
      for (let shift = 0; shift < 8; shift++) {
        const shifted = new Uint8Array(new ArrayBuffer(bytes.length + shift), shift);
        shifted.set(bytes);
        check(shifted);
      }
    });

    it('in its typed field, packed', () => {
      const packed = entries.flatMap((entry) => entryBytes(field, entry).bytes);
      check(Uint8Array.from([...header(test), ...wireField(numbers[field], 2, packed)]));
    });

    it('in its typed field, not packed', () => {
      const single = entries.flatMap((entry) => {
        const { wireType, bytes } = entryBytes(field, entry);
        return wireField(numbers[field], wireType, bytes);
      });
      check(Uint8Array.from([...header(test), ...single]));
    });

    it('in its typed field, written by onnx-proto', () => {
      check(encode({ dims: [values.length], dataType: code, [field]: entries.map(String) }));
    });

    it('in an object of onnx-proto', () => {
      const proto = onnx.TensorProto.fromObject({
        dims: [values.length],
        dataType: code,
        [field]: entries.map(String),
      });
      expect(valuesOf(readConstant(proto, undefined).load())).toEqual(values);
    });

    it('not with an element too few or too many', () => {
      for (const count of [values.length - 1, values.length + 1]) {
        // The spare bits of a byte hold a further element or not, and are nobody's.
        const { bits } = elementTypeFacts(type);
        if (bits < 8 && Math.ceil((count * bits) / 8) === raw.length) continue;
        for (const payload of [{ rawData: Uint8Array.from(raw) }, { [field]: entries.map(String) }]) {
          const bytes = encode({ name: 'w', dims: [count], dataType: code, ...payload });
          expect(problemOf(() => readConstant(decodeTensor(bytes), undefined))).toMatchObject({
            code: 'US1007',
            value: 'w',
          });
        }
      }
    });

    it('without elements', () => {
      const tensor = readConstant(decodeTensor(encode({ dims: [0, 3], dataType: code })), undefined).load();
      expect(tensor.dims).toEqual([0, 3]);
      expect(tensor.data).toHaveLength(0);
    });
  });
});

describe('strings', () => {
  it('are UTF-8', () => {
    const stringData = ['', 'grün', '日本', 'a\0b'].map((text) => new TextEncoder().encode(text));
    const { tensor } = readTensorProto(encode({ dims: [2, 2], dataType: 8, stringData }));
    expect(tensor.data).toEqual(['', 'grün', '日本', 'a\0b']);
    expect(tensor.dims).toEqual([2, 2]);
  });

  it('that are no UTF-8 are read with replacement characters', () => {
    const { tensor } = readTensorProto(encode({ dims: [1], dataType: 8, stringData: [Uint8Array.of(0x61, 0xff)] }));
    expect(tensor.data).toEqual(['a\ufffd']);
  });

  it('are counted', () => {
    const bytes = encode({ dims: [3], dataType: 8, stringData: [new Uint8Array()] });
    expect(problemOf(() => readTensorProto(bytes))).toMatchObject({ code: 'US1007', actual: '1' });
  });
});

describe('complex numbers', () => {
  it('are kept, not computed with', () => {
    const floats = [1, 2, 3, 4];
    const bytes = encode({ dims: [2], dataType: 14, floatData: floats });
    const constant = readConstant(decodeTensor(bytes), undefined);
    expect(constant).toMatchObject({ type: 'complex64', dims: [2], byteLength: 16 });
    expect([...constant.bytes!()]).toEqual([...new Uint8Array(Float32Array.from(floats).buffer)]);
    expect(problemOf(() => constant.load())).toMatchObject({ code: 'US1008' });
  });
});

describe('bools', () => {
  it('are true for anything but 0', () => {
    for (const payload of [{ rawData: Uint8Array.of(0, 1, 2, 255) }, { int32Data: [0, 1, 256, -1] }]) {
      expect([...readTensorProto(encode({ dims: [4], dataType: 9, ...payload })).tensor.data]).toEqual([0, 1, 1, 1]);
    }
  });
});

describe('readTensorProto', () => {
  it('gives the name', () => {
    const { name, tensor } = readTensorProto(encode({ name: 'x', dims: [], dataType: 1, floatData: [7] }));
    expect(name).toBe('x');
    expect(tensor.dims).toEqual([]);
    expect([...tensor.data]).toEqual([7]);
  });

  it('refuses what it cannot hold', () => {
    const float = { dataType: 1, floatData: [] };
    expect(problemOf(() => readTensorProto(encode({ ...float, dims: [-1] })))).toMatchObject({ code: 'US1007' });
    expect(problemOf(() => readTensorProto(encode({ ...float, dims: [2 ** 40, 2] })))).toMatchObject({
      code: 'US1007',
      message: expect.stringContaining('impossible shape'),
    });
    expect(
      problemOf(() => readTensorProto(encode({ dims: ['9223372036854775807'], dataType: 1 } as never))),
    ).toMatchObject({ code: 'US1007' });
    for (const dataType of [0, 27, -1])
      expect(problemOf(() => readTensorProto(encode({ dims: [1], dataType })))).toMatchObject({ code: 'US1008' });
    expect(() => readTensorProto(Uint8Array.of(0x0a, 0x05, 1))).toThrow(ProblemError);
  });

  it('does not look for other files', () => {
    const bytes = encode({
      name: 'w',
      dims: [1],
      dataType: 1,
      dataLocation: 1,
      externalData: [{ key: 'location', value: 'weights.bin' }],
    });
    expect(problemOf(() => readTensorProto(bytes))).toMatchObject({ code: 'US1006' });
  });
});
