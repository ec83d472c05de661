import { elementCount } from './element-count.js';
import { type ElementType, elementTypeFacts, type TypedArray } from './element-type.js';

export { elementCount };

export type TensorData = TypedArray | string[];

/**
 * A dense tensor in row-major order. `data` has one entry for each element: float16 and bfloat16 as their bits in a
 * Uint16Array, the 8-bit and 4-bit floats as their bits in a Uint8Array, bool as 0 or 1, 64-bit integers as bigint.
 */
export class Tensor<D extends TensorData = TensorData> {
  constructor(
    readonly type: ElementType,
    readonly dims: readonly number[],
    readonly data: D,
  ) {
    if (data.length !== elementCount(dims)) {
      throw new RangeError(
        `a ${type} tensor of shape [${dims.join(', ')}] needs ${elementCount(dims)} elements, not ${data.length}`,
      );
    }
  }

  get size(): number {
    return this.data.length;
  }

  /** The same elements under another shape with as many elements. */
  reshape(dims: readonly number[]): Tensor<D> {
    return new Tensor(this.type, dims, this.data);
  }

  /** A copy with its own memory. */
  copy(): Tensor<D> {
    return new Tensor(this.type, this.dims, copyOf(this.data) as D);
  }
}

/** Made of the elements at once: `slice` makes zeros first. */
function copyOf(data: TensorData): TensorData {
  if (Array.isArray(data)) return data.slice();
  return new (data.constructor as new (elements: TensorData) => TensorData)(data);
}

/** Elements between neighbors along each axis of a row-major tensor. */
export function rowMajorStrides(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= dims[axis]!;
  }
  return strides;
}

/** Zeroed storage (empty strings for `string`) for `count` elements. */
export function allocate(type: ElementType, count: number): TensorData {
  if (type === 'string') return new Array<string>(count).fill('');
  const { array } = elementTypeFacts(type);
  if (array === undefined) throw new RangeError(`${type} tensors cannot be held in memory`);
  return new array(count);
}

/** Zeroed storage of the same kind as `data`. */
export function allocateLike<D extends ArrayLike<unknown>>(data: D, count: number): D {
  return new (data.constructor as new (length: number) => D)(count);
}

export function zeros(type: ElementType, dims: readonly number[]): Tensor {
  return new Tensor(type, dims, allocate(type, elementCount(dims)));
}

export function float32(dims: readonly number[], values: Float32Array | readonly number[]): Tensor<Float32Array> {
  return new Tensor('float32', dims, values instanceof Float32Array ? values : Float32Array.from(values));
}

export function int64(dims: readonly number[], values: readonly (number | bigint)[]): Tensor<BigInt64Array> {
  return new Tensor('int64', dims, BigInt64Array.from(values, BigInt));
}

export function bool(dims: readonly number[], values: readonly boolean[]): Tensor<Uint8Array> {
  return new Tensor('bool', dims, Uint8Array.from(values, Number));
}
