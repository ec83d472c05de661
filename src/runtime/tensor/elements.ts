/** From what a tensor is constructed of to elements as the engine holds them. */
import { type ElementType, elementTypeFacts, elementTypes } from '../../ir/element-type.js';
import { bfloat16Format, encodeIeee } from '../../ir/ieee-float.js';
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
  const { array, bits, kind } = elementTypeFacts(type);
  const refuse = (note = ''): never => {
    const wanted = array === undefined ? 'an array of strings' : `a ${array.name}`;
    throw new TypeError(`the data of a ${type} tensor is ${wanted}${note}, not ${describe(data)}`);
  };
  const given = classOf(data);
  if (bits === 4 && given === 'Uint8Array' && kind !== 'float') {
    const bytes = data as Uint8Array;
    if (count !== undefined && count !== bytes.length && Math.ceil(count / 2) === bytes.length)
      return unpackNibbles(bytes, count, kind === 'signed');
  }
  if (array !== undefined && given === array.name) return data as TensorData;
  if (type === 'float16' && isFloat16Array(data)) return float16Bits(data);
  if (given === 'Uint8ClampedArray' && array === Uint8Array) return Uint8Array.from(data as Uint8ClampedArray);
  if (!Array.isArray(data)) return refuse();
  const are = (kindOf: string) => data.every((value) => typeof value === kindOf);
  if (array === undefined) return are('string') ? data : refuse();
  if (kind === 'bool')
    return data.every((value) => typeof value === 'boolean' || value === 0 || value === 1)
      ? Uint8Array.from(data, Number)
      : refuse();
  if (bits === 64 && kind !== 'float') return bigIntegers(type, data, array);
  if (!are('number')) return refuse();
  const numbers: readonly number[] = data;
  if (type === 'float16') return float16FromNumbers(numbers);
  if (type === 'bfloat16') return Uint16Array.from(numbers, (value) => encodeIeee(bfloat16Format, value));
  if (kind === 'float' && bits < 32) return refuse(' with its bits');
  return fromItems(array, numbers);
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

function bigIntegers(type: string, values: readonly unknown[], array: object): TensorData {
  for (const value of values) {
    if (typeof value !== 'bigint' && !Number.isSafeInteger(value))
      throw new TypeError(
        `the data of a ${type} tensor has to be whole: ${String(value)} is not, or is not exact as a number`,
      );
  }
  return fromItems(array, (values as readonly (bigint | number)[]).map(BigInt));
}

function fromItems(array: object, items: readonly (number | bigint)[]): TensorData {
  return (array as unknown as { from(items: readonly (number | bigint)[]): Float32Array }).from(items);
}

/** By the class of the data, where no type is given: the first of those with such an array. */
export function typeOf(data: unknown): Tensor.Type {
  if (isFloat16Array(data)) return 'float16';
  const given = Array.isArray(data) ? typeof data[0] : classOf(data)?.replace('Clamped', '');
  if (given === 'string') return 'string';
  if (given === 'boolean') return 'bool';
  const type = elementTypes.find((type) => elementTypeFacts(type).array?.name === given);
  if (type === undefined || given === undefined)
    throw new TypeError(`${describe(data)} does not say its element type: give the type first`);
  return type as Tensor.Type;
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
    if (!Number.isSafeInteger(dim) || (dim as number) < 0)
      throw new RangeError(`dims[${axis}] is ${String(dim)}, and has to be a whole number of at least 0`);
  });
}

export function checkSize(type: string, dims: readonly number[], length: number): void {
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (size !== length)
    throw new RangeError(`a ${type} tensor of shape [${dims.join(', ')}] has ${size} elements, and the data ${length}`);
}
