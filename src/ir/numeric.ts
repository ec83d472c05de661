/** Reads numeric tensors as JavaScript numbers and writes them back, for references. */
import { defineProblem, fail } from '../diagnostics.js';
import { type ElementType, elementTypeFacts, isBigInt, isFloat } from './element-type.js';
import { isHalfFloat, narrowToHalves, widenHalves } from './half-floats.js';
import { decodeE8M0, decodeSmallFloat, encodeSmallFloat, isSmallFloat, type SmallFloat } from './small-float.js';
import { Tensor } from './tensor.js';

/** Typed arrays whose entries are numbers. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array;

const tables = new Map<SmallFloat, Float32Array>();

/** All values of a small float format by their bits. */
function decodeTable(type: SmallFloat): Float32Array {
  let table = tables.get(type);
  if (table === undefined) {
    const patterns = 1 << elementTypeFacts(type).bits;
    table = Float32Array.from({ length: patterns }, (_, bits) => decodeSmallFloat(type, bits));
    tables.set(type, table);
  }
  return table;
}

/**
 * The elements as numbers: the tensor's own storage where that holds numbers, decoded copies for small floats
 * (Float32Array) and 64-bit integers (Float64Array, exact up to 2^53).
 */
export function numbersOf(tensor: Pick<Tensor, 'type' | 'data'>): NumberArray {
  const { type, data } = tensor;
  if (isHalfFloat(type)) {
    const numbers = new Float32Array(data.length);
    widenHalves(type, data as Uint16Array, numbers);
    return numbers;
  }
  if (isSmallFloat(type)) {
    const table = decodeTable(type);
    const numbers = new Float32Array(data.length);
    for (let i = 0; i < numbers.length; i++) numbers[i] = table[data[i] as number]!;
    return numbers;
  }
  if (type === 'float8e8m0') return Float32Array.from(data as Uint8Array, decodeE8M0);
  if (isBigInt(type)) return fromWords(type, data as BigInt64Array);
  if (type === 'string') failNumbers(type);
  return data as NumberArray;
}

/** Made of halves, since each bigint that is read is an object: the sum of both is rounded once, as the integer would be. */
function fromWords(type: ElementType, { buffer, byteOffset, length }: BigInt64Array): Float64Array {
  const words = new Uint32Array(buffer, byteOffset, 2 * length);
  const numbers = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const high = words[2 * i + 1]!;
    numbers[i] = (type === 'int64' ? high | 0 : high) * 2 ** 32 + words[2 * i]!;
  }
  return numbers;
}

/** The elements as a list. Iterators of typed arrays make an object a step, as long as they are not compiled. */
export function numberList(tensor: Pick<Tensor, 'type' | 'data'>): number[] {
  return Array.prototype.slice.call(numbersOf(tensor));
}

/**
 * The elements as float64 for float64 and as float32 for other float types, the width in which references store sums.
 */
export function floatsOf(tensor: Tensor): Float32Array | Float64Array {
  const numbers = numbersOf(tensor);
  return numbers instanceof Float32Array || numbers instanceof Float64Array ? numbers : Float64Array.from(numbers);
}

/** A tensor of `type` from numbers: floats are rounded to nearest even, integers wrap as in C. */
export function tensorFromNumbers(type: ElementType, dims: readonly number[], numbers: ArrayLike<number>): Tensor {
  return new Tensor(type, dims, storeNumbers(type, numbers));
}

function storeNumbers(type: ElementType, numbers: ArrayLike<number>): Tensor['data'] {
  const { array } = elementTypeFacts(type);
  if (array === undefined) failNumbers(type);
  if (numbers instanceof array && !isSmallFloat(type)) return numbers as Tensor['data'];
  if (isHalfFloat(type) && numbers instanceof Float32Array) return narrowToHalves(type, numbers);
  const data = new array(numbers.length);
  if (type === 'float8e8m0') {
    for (let i = 0; i < numbers.length; i++) data[i] = exponentOf(numbers[i]!);
  } else if (isSmallFloat(type)) {
    for (let i = 0; i < numbers.length; i++) data[i] = encodeSmallFloat(type, numbers[i]!);
  } else if (isBigInt(type)) {
    for (let i = 0; i < numbers.length; i++) data[i] = toInteger64(type, numbers[i]!);
  } else {
    for (let i = 0; i < numbers.length; i++) data[i] = numbers[i]!;
  }
  return data;
}

const one = new Float32Array(1);
const oneWord = new Uint32Array(one.buffer);

/** The bits of the float8e8m0 that a power of two or NaN is: a float32's exponent has the same bias, and 2^-127 none. */
function exponentOf(power: number): number {
  one[0] = power;
  return (oneWord[0]! >>> 23) & 255;
}

/**
 * A number towards zero as the nearest integer that 64 bits hold; NaN is 0. Below zero, uint64 takes the lower 64 bits, as C does.
 */
export function toInteger64(type: ElementType, value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (type === 'int64') {
    if (value >= 2 ** 63) return 2n ** 63n - 1n;
    return value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(Math.trunc(value));
  }
  if (value >= 2 ** 64) return 2n ** 64n - 1n;
  return value <= -(2 ** 63) ? 0n : BigInt(Math.trunc(value));
}

/** Storage wide enough to compute `type` in: float64 for float64 and 64-bit integers, float32 for other floats, its own otherwise. */
export function computeArray(type: ElementType, count: number): NumberArray {
  if (type === 'float64' || isBigInt(type)) return new Float64Array(count);
  if (isFloat(type)) return new Float32Array(count);
  const { array } = elementTypeFacts(type);
  if (array === undefined) failNumbers(type);
  return new array(count) as NumberArray;
}

const noNumbers = defineProblem('US1210', { type: 'string' }, ({ type }) => ({
  message: `a tensor of ${type} holds no numbers to compute with`,
  expected: 'a numeric type',
  actual: type,
}));

/** Inference reports this if it knows the type. The type of an undeclared input is known only at run time. */
function failNumbers(type: ElementType): never {
  fail(noNumbers({ type }));
}

/** A small integer tensor (shape, axes, pads ...) as plain numbers. */
export function integersOf(tensor: Tensor): number[] {
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}
