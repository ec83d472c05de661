/** Arrays in NumPy's .npy format, versions 1.0, 2.0 and 3.0 (numpy.lib.format). */
import { defineProblem, fail } from '../diagnostics.js';
import { type ElementType, elementTypeFacts } from '../ir/element-type.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { formatShape } from '../ir/shape.js';
import { rowMajorStrides, Tensor } from '../ir/tensor.js';
import { parseNpyHeader } from './npy-header.js';

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Types that NumPy and ONNX share, by NumPy's kind and size in bytes. */
const types: ReadonlyMap<string, ElementType> = new Map([
  ['b1', 'bool'],
  ['i1', 'int8'],
  ['i2', 'int16'],
  ['i4', 'int32'],
  ['i8', 'int64'],
  ['u1', 'uint8'],
  ['u2', 'uint16'],
  ['u4', 'uint32'],
  ['u8', 'uint64'],
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
]);

const kinds: ReadonlyMap<ElementType, string> = new Map([...types].map(([kind, type]) => [type, kind]));

export function isNpy(bytes: Uint8Array): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

const npyLength = defineProblem(
  'US2005',
  { bytes: 'integer', expectedBytes: 'integer', type: 'string', shape: 'shape' },
  ({ bytes, expectedBytes, type, shape }) => ({
    message: `the array ${bytes < expectedBytes ? 'is truncated' : 'is followed by other bytes'}`,
    expected: `${expectedBytes} bytes for ${type}${formatShape(shape)}`,
    actual: `${bytes} bytes`,
  }),
);

/**
 * The array as a tensor in row-major order: big-endian elements are swapped, Fortran order is transposed. Throws
 * ProblemError US2005 if the file is damaged, or its type does not hold plain numbers.
 */
export function readNpy(bytes: Uint8Array): Tensor {
  const { header, dataOffset } = readHeader(bytes);
  const { type, isBigEndian } = elementTypeOf(header.descr);
  const { shape } = header;
  const itemSize = elementTypeFacts(type).bits / 8;
  const count = shape.reduce((product, dim) => product * dim, 1);
  const expected = count * itemSize;
  const actual = bytes.length - dataOffset;
  if (expected !== actual) {
    fail(npyLength({ bytes: actual, expectedBytes: expected, type, shape }));
  }
  // An aligned copy that may be modified. Not slice(), which for a Buffer is a view of the same bytes.
  const raw = new Uint8Array(bytes.subarray(dataOffset));
  if (isBigEndian) swapBytes(raw, itemSize);
  const { array } = elementTypeFacts(type);
  if (array === undefined) throw new TypeError(`${type} has no storage`);
  const data = new array(raw.buffer, raw.byteOffset, count);
  if (type === 'bool') for (let i = 0; i < count; i++) data[i] = data[i] === 0 ? 0 : 1;
  const tensor = new Tensor(type, shape, data);
  return header.fortranOrder && shape.length > 1 ? fromFortranOrder(tensor) : tensor;
}

const notNpy = defineProblem('US2005', {
  message: 'the file is not a .npy array',
  expected: 'the bytes \\x93NUMPY at its start',
});

const npyVersion = defineProblem('US2005', { major: 'integer?', minor: 'integer' }, ({ major, minor }) => ({
  message: 'this version of the .npy format is not known',
  expected: '1.0, 2.0 or 3.0',
  actual: major === undefined ? 'the file ends' : `${major}.${minor}`,
}));

const dtypeNotFed = defineProblem('US2005', { dtype: 'string', holds: 'string?' }, ({ dtype, holds }) => ({
  message: holds === undefined ? `the dtype '${dtype}' cannot be fed` : `the array holds ${holds}`,
  expected: 'bool, int8 to int64, uint8 to uint64, float16, float32 or float64',
  actual: `dtype '${dtype}'`,
  hint: 'convert it with .astype(...) before it is saved',
}));

const npyHeaderTruncated = defineProblem(
  'US2005',
  { expectedBytes: 'integer', bytes: 'integer' },
  ({ expectedBytes, bytes }) => ({
    message: 'the .npy header is truncated',
    expected: `${expectedBytes} bytes`,
    actual: `${bytes} bytes`,
  }),
);

function readHeader(bytes: Uint8Array) {
  if (!isNpy(bytes)) fail(notNpy());
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (version !== 1 && version !== 2 && version !== 3) {
    fail(npyVersion({ major: version, minor: bytes[7] ?? 0 }));
  }
  const headerOffset = version === 1 ? 10 : 12;
  const length =
    bytes.length < headerOffset ? Number.NaN : version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataOffset = headerOffset + length;
  if (!(dataOffset <= bytes.length)) {
    fail(npyHeaderTruncated({ expectedBytes: Number.isNaN(length) ? headerOffset : dataOffset, bytes: bytes.length }));
  }
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(headerOffset, dataOffset));
  return { header: parseNpyHeader(text), dataOffset };
}

function elementTypeOf(descr: string): { type: ElementType; isBigEndian: boolean } {
  const [, order, kind] = /^([<>|=]?)(\w+)$/.exec(descr) ?? [];
  const type = kind === undefined ? undefined : types.get(kind);
  if (type === undefined) {
    const what = {
      S: 'byte strings',
      a: 'byte strings',
      U: 'strings',
      O: 'Python objects',
      M: 'dates',
      m: 'durations',
    }[kind?.[0] ?? ''];
    fail(dtypeNotFed({ dtype: descr, holds: what }));
  }
  return { type, isBigEndian: order === '>' };
}

function swapBytes(bytes: Uint8Array, itemSize: number): void {
  for (let offset = 0; itemSize > 1 && offset < bytes.length; offset += itemSize) {
    bytes.subarray(offset, offset + itemSize).reverse();
  }
}

/** Reorders elements from first axis fastest to last axis fastest. */
function fromFortranOrder(tensor: Tensor): Tensor {
  const { dims } = tensor;
  const source = tensor.data as ArrayLike<unknown>;
  const strides = rowMajorStrides([...dims].reverse()).reverse();
  const out = tensor.data.slice() as unknown as unknown[];
  const position = new Array<number>(dims.length).fill(0);
  let index = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = source[index];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index += strides[axis]!;
      if (++position[axis]! < dims[axis]!) break;
      index -= strides[axis]! * dims[axis]!;
      position[axis] = 0;
    }
  }
  return new Tensor(tensor.type, dims, out as unknown as Tensor['data']);
}

export interface WrittenNpy {
  readonly bytes: Uint8Array;
  /** The type in the file, which differs from the tensor's if NumPy has no such type. */
  readonly type: ElementType;
}

/**
 * The type that an element type is written as: itself if NumPy has it, otherwise one that represents its values
 * exactly.
 */
export function npyType(type: ElementType): ElementType | undefined {
  if (kinds.has(type)) return type;
  switch (elementTypeFacts(type).kind) {
    case 'float':
      return 'float32';
    case 'signed':
      return 'int8';
    case 'unsigned':
      return 'uint8';
    default:
      return undefined;
  }
}

/** The tensor as a little-endian .npy file in C order. Throws ProblemError US2010 for strings. */
export function writeNpy(tensor: Pick<Tensor, 'type' | 'dims' | 'data'>): WrittenNpy {
  const { header, data, type } = npyParts(tensor);
  const bytes = new Uint8Array(header.length + data.length);
  bytes.set(header);
  bytes.set(data, header.length);
  return { bytes, type };
}

const noNpyForm = defineProblem('US2010', { type: 'string' }, ({ type }) => ({
  message: `a ${type} tensor has no .npy form`,
  expected: 'numbers',
  actual: type,
}));

/**
 * The file in two parts: the header, and the elements. The latter are the tensor's own memory if they are written
 * unchanged.
 */
export function npyParts(tensor: Pick<Tensor, 'type' | 'dims' | 'data'>): {
  readonly header: Uint8Array;
  readonly data: Uint8Array;
  readonly type: ElementType;
} {
  const type = npyType(tensor.type);
  if (type === undefined) {
    fail(noNpyForm({ type: tensor.type }));
  }
  const stored = type === tensor.type ? tensor : tensorFromNumbers(type, tensor.dims, numbersOf(tensor));
  const kind = kinds.get(type)!;
  const order = elementTypeFacts(type).bits === 8 ? '|' : '<';
  const shape = tensor.dims.length === 1 ? `(${tensor.dims[0]},)` : `(${tensor.dims.join(', ')})`;
  const dict = `{'descr': '${order}${kind}', 'fortran_order': False, 'shape': ${shape}, }`;
  // The data starts at a multiple of 64. Ranks whose header exceeds version 1.0's limit do not occur.
  const headerLength = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const { buffer, byteOffset, byteLength } = stored.data as Exclude<Tensor['data'], string[]>;
  const header = new Uint8Array(10 + headerLength);
  header.set(magic);
  header[6] = 1;
  new DataView(header.buffer).setUint16(8, headerLength, true);
  header.set(new TextEncoder().encode(`${dict.padEnd(headerLength - 1)}\n`), 10);
  return { header, data: new Uint8Array(buffer, byteOffset, byteLength), type };
}
