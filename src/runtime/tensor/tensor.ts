/**
 * The public tensor, under the names of onnxruntime-common 1.30, whose documentation is the source of what they mean, with
 * ONNX's newer element types besides. Inside, the engine has a plain one (ir/tensor.ts).
 */
import type { ConversionUtils, TensorFactory } from './factory-types.js';
import type { GlobalType } from './global-type.js';
import { HostTensor } from './host-tensor.js';

/** A tensor in row-major order, one element an entry of `data`; types below a byte too. */
export interface Tensor<T extends Tensor.Type = Tensor.Type> extends ConversionUtils {
  readonly type: T;
  readonly dims: readonly number[];
  /** How many elements there are. */
  readonly size: number;
  /**
   * The elements themselves, not a copy. float16 is a Float16Array where the engine has one and a Uint16Array of bits
   * elsewhere (`float16ToNumbers` reads both); bool is 0 or 1. Throws after `dispose`, and where the data is on a GPU.
   */
  readonly data: Tensor.DataTypeMap[T];
  /** `none` after `dispose`. Sessions make and take what is at `cpu` and `cpu-pinned`. */
  readonly location: Tensor.DataLocation;
  /** What `Tensor.fromTexture` was given. @throws Error for other tensors */
  readonly texture: Tensor.TextureType;
  /** What `Tensor.fromGpuBuffer` was given. @throws Error for other tensors */
  readonly gpuBuffer: Tensor.GpuBufferType;
  /** What `Tensor.fromMLTensor` was given. @throws Error for other tensors */
  readonly mlTensor: Tensor.MLTensorType;
  /**
   * The same as `data`; of a tensor on a GPU what its `download` gives.
   * @param releaseData whether to call the tensor's `dispose` option once its data has been downloaded
   */
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

  /** What an element means. */
  interface ElementTypeMap {
    float32: number;
    float64: number;
    float16: number;
    bfloat16: number;
    uint8: number;
    int8: number;
    uint16: number;
    int16: number;
    uint32: number;
    int32: number;
    uint64: bigint;
    int64: bigint;
    bool: boolean;
    string: string;
    uint4: number;
    int4: number;
    uint2: number;
    int2: number;
    float8e4m3fn: number;
    float8e4m3fnuz: number;
    float8e5m2: number;
    float8e5m2fnuz: number;
    float8e8m0: number;
    float4e2m1: number;
  }

  type Type = keyof DataTypeMap;
  type DataType = DataTypeMap[Type];
  type ElementType = ElementTypeMap[Type];
  type DataLocation = 'none' | 'cpu' | 'cpu-pinned' | 'texture' | 'gpu-buffer' | 'ml-tensor';

  type CpuPinnedDataTypes = Exclude<Type, 'string'>;
  type TextureType = WebGLTexture;
  type TextureDataTypes = 'float32';
  type GpuBufferTypeFallback = { size: number; mapState: 'unmapped' | 'pending' | 'mapped' };
  /** GPUBuffer where the program declares it, as with @webgpu/types. */
  type GpuBufferType = GlobalType<'GPUBuffer', GpuBufferTypeFallback>;
  type GpuBufferDataTypes = 'float32' | 'float16' | 'int32' | 'int64' | 'uint32' | 'uint8' | 'bool';
  type MLTensorTypeFallback = { destroy(): void };
  type MLTensorType = GlobalType<'MLTensor', MLTensorTypeFallback>;
  type MLTensorDataTypes =
    | 'float32'
    | 'float16'
    | 'int8'
    | 'uint8'
    | 'int32'
    | 'uint32'
    | 'int64'
    | 'uint64'
    | 'bool'
    | 'uint4'
    | 'int4';
}

type PlainArray = readonly number[] | readonly bigint[] | readonly string[] | readonly boolean[];

/** `dims` is one axis with all elements where it is not given. */
export interface TensorConstructor extends TensorFactory {
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
  /** Plain numbers are rounded to float16 and bfloat16; 4-bit integers may be packed, two a byte, as in onnxruntime. */
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

export const Tensor = HostTensor as unknown as TensorConstructor;
