/** From what a tensor is constructed of to elements as the engine holds them. */
import { type ElementType, elementTypeFacts, elementTypes } from '../../ir/element-type.js';
import { encodeSmallFloat } from '../../ir/small-float.js';
import type { TensorData } from '../../ir/tensor.js';
import { float16Bits, float16FromNumbers, isFloat16Array } from './float16.js';
import type { Tensor } from './tensor.js';

/** The tag of a typed array's class, which arrays of other realms (a worker's, a test runner's) share. */
export function classOf(data: unknown): string | undefined {
  return ArrayBuffer.isView(data)
    ? (data as unknown as { [Symbol.toStringTag]: string })[Symbol.toStringTag]
    : undefined;
}

export function describe(data: unknown): string {
  if (Array.isArray(data)) return data.length === 0 ? 'an empty array' : `an array of ${typeof data[0]}`;
  return classOf(data) ?? (data === null ? 'null' : typeof data);
}

/**
 * The same array where it is of the right class.
 * @param count how many elements the dims ask for, where there are dims
 * @throws TypeError, RangeError
 */
export function elementsFor(type: Tensor.Type, data: unknown, count?: number): TensorData {
  if (type === 'string') {
    if (!Array.isArray(data) || data.some((item) => typeof item !== 'string'))
      throw new TypeError(`the data of a string tensor is an array of strings, not ${describe(data)}`);
    return data as string[];
  }
  const { array, bits, kind } = elementTypeFacts(type);
  const wanted = array!;
  const given = classOf(data);
  if (bits === 4 && given === 'Uint8Array' && kind !== 'float') {
    const bytes = data as Uint8Array;
    if (count !== undefined && count !== bytes.length && Math.ceil(count / 2) === bytes.length)
      return unpackNibbles(bytes, count, kind === 'signed');
  }
  if (given === wanted.name) return data as TensorData;
  if (type === 'float16' && isFloat16Array(data)) return float16Bits(data);
  if (given === 'Uint8ClampedArray' && wanted === Uint8Array) return Uint8Array.from(data as Uint8ClampedArray);
  if (!Array.isArray(data))
    throw new TypeError(`the data of a ${type} tensor is a ${wanted.name}, not ${describe(data)}`);
  const values = data as readonly unknown[];
  if (kind === 'bool' && values.every((value) => typeof value === 'boolean' || value === 0 || value === 1))
    return Uint8Array.from(values, Number);
  if (type === 'int64' || type === 'uint64') return bigIntegers(type, values);
  if (kind === 'bool' || values.some((value) => typeof value !== 'number'))
    throw new TypeError(`the data of a ${type} tensor is a ${wanted.name}, not ${describe(values)}`);
  const numbers = values as readonly number[];
  if (type === 'float16') return float16FromNumbers(numbers);
  if (type === 'bfloat16') return Uint16Array.from(numbers, (value) => encodeSmallFloat(type, value));
  if (kind === 'float' && type !== 'float32' && type !== 'float64')
    throw new TypeError(`the data of a ${type} tensor is a ${wanted.name} with its bits, not numbers`);
  return (wanted as unknown as Float32ArrayConstructor).from(numbers);
}

/** Two elements a byte, the lower four bits first: how onnxruntime holds uint4 and int4. */
function unpackNibbles(bytes: Uint8Array, count: number, isSigned: boolean): Uint8Array | Int8Array {
  const out = isSigned ? new Int8Array(count) : new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const nibble = (bytes[i >> 1]! >> ((i & 1) * 4)) & 15;
    out[i] = isSigned && nibble > 7 ? nibble - 16 : nibble;
  }
  return out;
}

function bigIntegers(type: 'int64' | 'uint64', values: readonly unknown[]): TensorData {
  for (const value of values) {
    if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isSafeInteger(value)))
      throw new TypeError(
        `the data of a ${type} tensor has to be whole: ${String(value)} is not, or is not exact as a number`,
      );
  }
  const exact = values as readonly (bigint | number)[];
  return type === 'int64' ? BigInt64Array.from(exact, BigInt) : BigUint64Array.from(exact, BigInt);
}

/** By the class of the data, where no type is given. */
const typesByClass: Readonly<Record<string, Tensor.Type>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Float16Array: 'float16',
  Int8Array: 'int8',
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
  Int16Array: 'int16',
  Uint16Array: 'uint16',
  Int32Array: 'int32',
  Uint32Array: 'uint32',
  BigInt64Array: 'int64',
  BigUint64Array: 'uint64',
};

export function typeOf(data: unknown): Tensor.Type {
  const type = isFloat16Array(data) ? 'float16' : typesByClass[classOf(data) ?? ''];
  if (type !== undefined) return type;
  if (Array.isArray(data)) {
    if (typeof data[0] === 'string') return 'string';
    if (typeof data[0] === 'boolean') return 'bool';
  }
  throw new TypeError(`${describe(data)} does not say its element type: give the type first`);
}

export function isHeldType(type: unknown): type is Tensor.Type {
  return (
    (elementTypes as readonly unknown[]).includes(type) &&
    (type === 'string' || elementTypeFacts(type as ElementType).array !== undefined)
  );
}

export function checkDims(dims: unknown): asserts dims is readonly number[] {
  if (!Array.isArray(dims)) throw new TypeError('the dims of a tensor are an array of numbers');
  dims.forEach((dim: unknown, axis) => {
    if (typeof dim !== 'number' || !Number.isSafeInteger(dim) || dim < 0)
      throw new RangeError(`dims[${axis}] is ${String(dim)}, and has to be a whole number of at least 0`);
  });
}

export function checkSize(type: string, dims: readonly number[], length: number): void {
  let size = 1;
  for (const dim of dims) size *= dim;
  if (size !== length)
    throw new RangeError(`a ${type} tensor of shape [${dims.join(', ')}] has ${size} elements, and the data ${length}`);
}
