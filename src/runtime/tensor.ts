/**
 * The tensor of the public API: constructed, read and disposed of as that of onnxruntime-common (its documentation is the
 * source of what is accepted), with ONNX's newer element types besides. Inside, the engine has a plain one (ir/tensor.ts).
 */
import { fail } from '../diagnostics.js';
import { type ElementType, elementTypeFacts, elementTypes } from '../ir/element-type.js';
import { Tensor as DenseTensor, elementCount, type TensorData } from '../ir/tensor.js';

/** What feeds are made of: a Tensor of unstride or of onnxruntime-common, or any object with these. */
export interface TensorLike {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number> | ArrayLike<bigint> | ArrayLike<string> | ArrayLike<boolean>;
}

/** A tensor in row-major order, one element an entry of `data`; types below a byte too. */
export interface Tensor<T extends Tensor.Type = Tensor.Type> {
  readonly type: T;
  readonly dims: readonly number[];
  /** How many elements there are. */
  readonly size: number;
  /**
   * The elements themselves, not a copy. float16 is a Float16Array where the engine has one and a Uint16Array of bits
   * elsewhere; bool is 0 or 1. Throws after `dispose`.
   */
  readonly data: Tensor.DataTypeMap[T];
  /** `none` after `dispose`. */
  readonly location: Tensor.DataLocation;
  /** The same as `data`; a promise because other engines have to fetch it. */
  getData(releaseData?: boolean): Promise<Tensor.DataTypeMap[T]>;
  /** The same elements under another shape with as many. @throws RangeError */
  reshape(dims: readonly number[]): Tensor<T>;
  /** Lets go of the elements. */
  dispose(): void;
}

export type TypedTensor<T extends Tensor.Type> = Tensor<T>;

export declare namespace Tensor {
  /** What `data` is. */
  interface DataTypeMap {
    float32: Float32Array;
    float64: Float64Array;
    /** A Float16Array where the engine has one. */
    float16: Uint16Array;
    /** Bits. */
    bfloat16: Uint16Array;
    uint8: Uint8Array;
    int8: Int8Array;
    uint16: Uint16Array;
    int16: Int16Array;
    uint32: Uint32Array;
    int32: Int32Array;
    uint64: BigUint64Array;
    int64: BigInt64Array;
    bool: Uint8Array;
    string: string[];
    uint4: Uint8Array;
    int4: Int8Array;
    uint2: Uint8Array;
    int2: Int8Array;
    /** Bits, like those that follow. */
    float8e4m3fn: Uint8Array;
    float8e4m3fnuz: Uint8Array;
    float8e5m2: Uint8Array;
    float8e5m2fnuz: Uint8Array;
    float8e8m0: Uint8Array;
    float4e2m1: Uint8Array;
  }
  type Type = keyof DataTypeMap;
  type DataType = DataTypeMap[Type];
  type DataLocation = 'cpu' | 'none';
}

type PlainArray = readonly number[] | readonly bigint[] | readonly string[] | readonly boolean[];

/** `dims` is one axis with all elements where it is not given. */
export interface TensorConstructor {
  new (type: 'string', data: readonly string[], dims?: readonly number[]): Tensor<'string'>;
  new (
    type: 'bool',
    data: Uint8Array | readonly boolean[] | readonly number[],
    dims?: readonly number[],
  ): Tensor<'bool'>;
  new (type: 'uint8', data: Uint8ClampedArray, dims?: readonly number[]): Tensor<'uint8'>;
  /** Plain numbers have to be safe integers. */
  new <T extends 'int64' | 'uint64'>(
    type: T,
    data: Tensor.DataTypeMap[T] | readonly bigint[] | readonly number[],
    dims?: readonly number[],
  ): Tensor<T>;
  new <T extends Exclude<Tensor.Type, 'string' | 'bool' | 'int64' | 'uint64'>>(
    type: T,
    data: Tensor.DataTypeMap[T] | readonly number[],
    dims?: readonly number[],
  ): Tensor<T>;
  new (data: Float32Array, dims?: readonly number[]): Tensor<'float32'>;
  new (data: Float64Array, dims?: readonly number[]): Tensor<'float64'>;
  new (data: Int8Array, dims?: readonly number[]): Tensor<'int8'>;
  new (data: Uint8Array | Uint8ClampedArray, dims?: readonly number[]): Tensor<'uint8'>;
  new (data: Int16Array, dims?: readonly number[]): Tensor<'int16'>;
  new (data: Uint16Array, dims?: readonly number[]): Tensor<'uint16'>;
  new (data: Int32Array, dims?: readonly number[]): Tensor<'int32'>;
  new (data: Uint32Array, dims?: readonly number[]): Tensor<'uint32'>;
  new (data: BigInt64Array, dims?: readonly number[]): Tensor<'int64'>;
  new (data: BigUint64Array, dims?: readonly number[]): Tensor<'uint64'>;
  new (data: readonly string[], dims?: readonly number[]): Tensor<'string'>;
  new (data: readonly boolean[], dims?: readonly number[]): Tensor<'bool'>;
  new (type: Tensor.Type, data: Tensor.DataType | PlainArray, dims?: readonly number[]): Tensor;
  new (data: Tensor.DataType | readonly boolean[], dims?: readonly number[]): Tensor;
}

/** The tag of a typed array's class, which arrays of other realms (a worker's, a test runner's) share. */
function classOf(data: unknown): string | undefined {
  return ArrayBuffer.isView(data)
    ? (data as unknown as { [Symbol.toStringTag]: string })[Symbol.toStringTag]
    : undefined;
}

interface Float16ArrayConstructor {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayBufferView & ArrayLike<number>;
  from(values: ArrayLike<number>): ArrayBufferView & ArrayLike<number>;
}

function float16Array(): Float16ArrayConstructor | undefined {
  return (globalThis as { readonly Float16Array?: Float16ArrayConstructor }).Float16Array;
}

/** Bits as the array that `data` shows them in, over the same memory. */
function showFloat16(bits: Uint16Array): Uint16Array {
  const Halves = float16Array();
  if (Halves === undefined) return bits;
  return new Halves(bits.buffer, bits.byteOffset, bits.length) as unknown as Uint16Array;
}

function describe(data: unknown): string {
  if (Array.isArray(data)) return data.length === 0 ? 'an empty array' : `an array of ${typeof data[0]}`;
  return classOf(data) ?? (data === null ? 'null' : typeof data);
}

/** Elements as the engine holds them: the same array where it is of the right class. @throws TypeError, RangeError */
function elementsFor(type: Tensor.Type, data: unknown): TensorData {
  if (type === 'string') {
    if (!Array.isArray(data) || data.some((item) => typeof item !== 'string'))
      throw new TypeError(`the data of a string tensor is an array of strings, not ${describe(data)}`);
    return data as string[];
  }
  const { array, kind } = elementTypeFacts(type);
  const wanted = array!;
  const given = classOf(data);
  if (given === wanted.name) return data as TensorData;
  if (given === 'Float16Array' && type === 'float16') return bitsOf(data as ArrayBufferView);
  if (given === 'Uint8ClampedArray' && wanted === Uint8Array) return Uint8Array.from(data as Uint8ClampedArray);
  if (!Array.isArray(data))
    throw new TypeError(`the data of a ${type} tensor is a ${wanted.name}, not ${describe(data)}`);
  const values = data as readonly unknown[];
  if (kind === 'bool' && values.every((value) => typeof value === 'boolean' || value === 0 || value === 1))
    return Uint8Array.from(values, Number);
  if (type === 'int64' || type === 'uint64') return bigIntegers(type, values);
  if (kind === 'bool' || values.some((value) => typeof value !== 'number'))
    throw new TypeError(`the data of a ${type} tensor is a ${wanted.name}, not ${describe(values)}`);
  if (wanted === Uint16Array && kind === 'float') return halves(type, values as readonly number[]);
  if (kind === 'float' && type !== 'float32' && type !== 'float64')
    throw new TypeError(`the data of a ${type} tensor is a ${wanted.name} with its bits, not numbers`);
  return (wanted as unknown as Float32ArrayConstructor).from(values as readonly number[]);
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

/** Numbers to float16 by the engine's own rounding; what it has no array for is given as bits. */
function halves(type: Tensor.Type, values: readonly number[]): Uint16Array {
  const Halves = type === 'float16' ? float16Array() : undefined;
  if (Halves === undefined)
    throw new TypeError(
      `the data of a ${type} tensor is a Uint16Array with its bits: this engine cannot make them of numbers`,
    );
  return bitsOf(Halves.from(values));
}

function bitsOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint16Array {
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
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

function typeOf(data: unknown): Tensor.Type {
  const type = typesByClass[classOf(data) ?? ''];
  if (type !== undefined) return type;
  if (Array.isArray(data)) {
    if (typeof data[0] === 'string') return 'string';
    if (typeof data[0] === 'boolean') return 'bool';
  }
  throw new TypeError(`${describe(data)} does not say its element type: give the type first`);
}

function isHeldType(type: unknown): type is Tensor.Type {
  return (
    (elementTypes as readonly unknown[]).includes(type) &&
    (type === 'string' || elementTypeFacts(type as ElementType).array !== undefined)
  );
}

function checkDims(dims: unknown): asserts dims is readonly number[] {
  if (!Array.isArray(dims)) throw new TypeError('the dims of a tensor are an array of numbers');
  dims.forEach((dim: unknown, axis) => {
    if (typeof dim !== 'number' || !Number.isSafeInteger(dim) || dim < 0)
      throw new RangeError(`dims[${axis}] is ${String(dim)}, and has to be a whole number of at least 0`);
  });
}

function checkSize(type: string, dims: readonly number[], length: number): void {
  const size = elementCount(dims);
  if (size !== length)
    throw new RangeError(`a ${type} tensor of shape [${dims.join(', ')}] has ${size} elements, and the data ${length}`);
}

class HostTensor implements Tensor {
  readonly type: Tensor.Type;
  readonly dims: readonly number[];
  readonly size: number;
  #elements: TensorData | undefined;
  #shown: Tensor.DataType | undefined;

  constructor(...[first, second, third]: readonly unknown[]) {
    const isTyped = typeof first === 'string';
    const data = isTyped ? second : first;
    const type = isTyped ? first : typeOf(first);
    if (!isHeldType(type)) throw new TypeError(`there are no tensors of type '${String(type)}'`);
    const elements = elementsFor(type, data);
    const dims = (isTyped ? third : second) ?? [elements.length];
    checkDims(dims);
    checkSize(type, dims, elements.length);
    this.type = type;
    this.dims = dims;
    this.size = elements.length;
    this.#elements = elements;
    this.#shown = type === 'float16' ? showFloat16(elements as Uint16Array) : (elements as Tensor.DataType);
  }

  get data(): Tensor.DataType {
    if (this.#shown === undefined) throw new Error('the tensor is disposed of: its data is gone');
    return this.#shown;
  }

  get location(): Tensor.DataLocation {
    return this.#shown === undefined ? 'none' : 'cpu';
  }

  async getData(): Promise<Tensor.DataType> {
    return this.data;
  }

  reshape(dims: readonly number[]): Tensor {
    return new HostTensor(this.type, this.data, dims);
  }

  dispose(): void {
    this.#elements = undefined;
    this.#shown = undefined;
  }

  static elementsOf(tensor: HostTensor): TensorData | undefined {
    return tensor.#elements;
  }
}

export const Tensor = HostTensor as unknown as TensorConstructor;

/** The public tensor over the same elements. */
export function tensorOf({ type, dims, data }: DenseTensor): Tensor {
  return new HostTensor(type, data, dims) as Tensor;
}

/**
 * The engine's tensor over the same elements, or over converted ones where the data are plain arrays.
 * @param name of the input, for messages
 * @throws ProblemError US2003 for what is no tensor
 */
export function denseTensor(given: unknown, name: string): DenseTensor {
  if (given instanceof DenseTensor) return given;
  const refuse = (actual: string, hint?: string): never =>
    fail('US2003', `the data for the input '${name}' is no tensor`, {
      value: name,
      expected: 'a Tensor: { type, dims, data }',
      actual,
      hint,
    });
  if (given instanceof HostTensor) {
    const elements = HostTensor.elementsOf(given);
    return elements === undefined
      ? refuse('a tensor that is disposed of')
      : new DenseTensor(given.type, given.dims, elements);
  }
  if (typeof given !== 'object' || given === null || classOf(given) !== undefined || Array.isArray(given)) {
    return refuse(describe(given), "make one: new Tensor('float32', data, dims)");
  }
  const { type, dims, location = 'cpu' } = given as Partial<TensorLike> & { readonly location?: unknown };
  if (location !== 'cpu' && location !== 'cpu-pinned')
    return refuse(`a tensor whose data is at '${String(location)}'`, 'get its data first, with getData()');
  if (!isHeldType(type)) return refuse(type === undefined ? 'an object without a type' : `the type '${String(type)}'`);
  try {
    checkDims(dims);
    const elements = elementsFor(type, (given as TensorLike).data);
    checkSize(type, dims, elements.length);
    return new DenseTensor(type, dims, elements);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}
