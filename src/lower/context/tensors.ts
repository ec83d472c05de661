/**
 * Where values are while a graph is lowered, and in which layouts. A value that a step asks for in a layout that it does not
 * have is converted, once, and has both from then on.
 */
import type { Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { type Cells, isIntegerType, wordsOf } from '../../wasm/kernels/cells.js';
import { binary, constant, type Elementwise, input } from '../../wasm/kernels/elementwise-expression.js';
import { type Halo, pixelAxes } from '../../wasm/kernels/views.js';
import type { PlanConstants } from './plan-constants.js';
import { isSameSize, type LoweredTensor, Nhwc8Tensor, nhwc8Size, RowMajorTensor, rootOf } from './tensor.js';
import type { UnplacedKernel, UnplacedOperand } from './unplaced-step.js';
import type { Values } from './values.js';

/** Integers of int8 as bytes from 0 on, and back. */
export const lifted = binary('add', input(0), constant(128));
export const lowered = binary('sub', input(0), constant(128));

/** All that a value is in so far. */
interface Residency {
  /** In NHWC8 as well, four channels to a word. */
  bytes?: Nhwc8Tensor;
  nhwc8?: Nhwc8Tensor;
  /** Of float32. */
  rowMajor?: RowMajorTensor;
  /** In row-major order as well: the words of integers that float32 does not have. */
  words?: RowMajorTensor;
  host?: number;
}

export class Tensors {
  private readonly residencies = new Map<Value, Residency>();
  private readonly later = new Map<Value, () => void>();
  /** For indices of a max pooling that only unpoolings read: what stands in for them. */
  readonly argmaxOffsets = new Map<Value, Nhwc8Tensor>();
  /** How many tensors of the host steps make so far. */
  private hostCount = 0;

  constructor(
    private readonly values: Values,
    private readonly constants: PlanConstants,
    /** Adds a step that converts. */
    private readonly add: (step: UnplacedKernel) => void,
  ) {}

  /**
   * The dims of a value whose elements kernels can move about: float32, or integers that the arena holds as such. Sums of
   * 32 bits are among them where a step has made them.
   */
  representableDims(value: Value | undefined): readonly number[] | undefined {
    if (value === undefined) return undefined;
    const residency = this.residencies.get(value);
    const isInArena =
      this.values.isRepresentable(value) || residency?.nhwc8 !== undefined || residency?.rowMajor !== undefined;
    return isInArena ? this.values.sizedDims(value) : undefined;
  }

  /** The dims of a value with elements that kernels can move about, in whatever cells they are. */
  storedDims(value: Value | undefined): readonly number[] | undefined {
    if (value === undefined) return undefined;
    return this.cells(value) === undefined ? undefined : this.values.sizedDims(value);
  }

  /** The cells that the elements of a value are in, or would be: float32 where a step made them so. */
  cells(value: Value): Cells | undefined {
    return this.representableDims(value) !== undefined ? 'float32' : this.values.arenaCells(value);
  }

  /** Puts off what makes a value that perhaps nothing reads. */
  makeLater(value: Value, make: () => void): void {
    this.later.set(value, make);
  }

  /** Whether what makes the value is still put off. */
  isPutOff(value: Value): boolean {
    return this.later.has(value);
  }

  private makeNow(value: Value): void {
    const make = this.later.get(value);
    this.later.delete(value);
    make?.();
  }

  /** Whether the steps so far make the value. */
  isReady(value: Value): boolean {
    return this.residencies.has(value) || this.later.has(value) || this.values.constant(value) !== undefined;
  }

  isNhwc8(value: Value): boolean {
    this.makeNow(value);
    const residency = this.residencies.get(value);
    return residency?.nhwc8 !== undefined || residency?.bytes !== undefined;
  }

  /** The value as bytes; undefined where no step has made them. */
  bytesOf(value: Value): Nhwc8Tensor | undefined {
    this.makeNow(value);
    return this.residencies.get(value)?.bytes;
  }

  /** Whether the value is in bytes and would have to be converted for another layout. */
  isOnlyBytes(value: Value): boolean {
    return (
      this.bytesOf(value) !== undefined && this.residencies.get(value)?.nhwc8 === undefined && !this.isRowMajor(value)
    );
  }

  /** A new tensor of bytes for what a step makes of `value`. */
  makeBytes(value: Value): Nhwc8Tensor {
    const size = nhwc8Size(this.values.dims(value)!)!;
    const { channels } = size;
    const tensor = new Nhwc8Tensor(value.name, { ...size, channels: Math.ceil(channels / 4) }, { channels });
    this.residency(value).bytes = tensor;
    return tensor;
  }

  /** The value, integers of 8 bits, as bytes. */
  bytes(value: Value): Nhwc8Tensor {
    const known = this.bytesOf(value);
    if (known !== undefined) return known;
    const source = this.nhwc8(value);
    const target = this.makeBytes(value);
    this.addConversion('to bytes', source, target, this.values.elementType(value) === 'int8' ? lifted : input(0));
    return target;
  }

  private addConversion(algorithm: string, source: Nhwc8Tensor, target: Nhwc8Tensor, tree: Elementwise): void {
    const isToBytes = target.bytes !== undefined;
    const { channels } = (source.bytes ?? target.bytes)!;
    const { images, depth, height, width } = source.size;
    this.add({
      kind: 'kernel',
      algorithm,
      nodes: [],
      reads: [source],
      writes: [target],
      operations: 0,
      work: images * depth * height * width * channels * 4,
      build: (placement) => {
        const views = [source, target].map((tensor) => placement.view(tensor));
        const { writable } = views[1]!;
        return {
          kernel: {
            name: 'byte elementwise',
            params: {
              tree,
              axes: pixelAxes(source.size, views),
              channels,
              writable: isToBytes ? writable * 4 : writable,
              inputs: [isToBytes ? 'floats' : 'bytes'],
              output: isToBytes ? 'bytes' : 'floats',
            },
          },
          pointers: [{ tensor: source }, { tensor: target }],
        };
      },
    });
  }

  /** Whether the value is in NHWC8 and would have to be converted for another. */
  isOnlyNhwc8(value: Value): boolean {
    return this.isNhwc8(value) && !this.isRowMajor(value);
  }

  isRowMajor(value: Value): boolean {
    this.makeNow(value);
    return this.residencies.get(value)?.rowMajor !== undefined || this.values.constant(value) !== undefined;
  }

  /** A new tensor for what a step makes of `value`. */
  makeNhwc8(value: Value): Nhwc8Tensor {
    const size = nhwc8Size(this.values.dims(value)!)!;
    const tensor = new Nhwc8Tensor(value.name, size);
    this.residency(value).nhwc8 = tensor;
    return tensor;
  }

  makeRowMajor(value: Value): RowMajorTensor {
    const tensor = new RowMajorTensor(value.name, elementCount(this.values.dims(value)!));
    this.residency(value).rowMajor = tensor;
    return tensor;
  }

  /** A new tensor in row-major order for what a step makes of `value`, in cells that its type has by default. */
  makeStored(value: Value, cells: Cells = this.values.arenaCells(value)!): RowMajorTensor {
    if (cells === 'float32') return this.makeRowMajor(value);
    const words = elementCount(this.values.dims(value)!) * wordsOf(cells);
    const tensor = new RowMajorTensor(value.name, words, undefined, undefined, cells);
    this.setResidency(value, tensor);
    return tensor;
  }

  /** Says that `value` is in `tensor`, which other values may be in as well. */
  setResidency(value: Value, tensor: LoweredTensor): void {
    const residency = this.residency(value);
    if (tensor.layout === 'nhwc8') residency.nhwc8 = tensor;
    else if (tensor.cells === 'float32') residency.rowMajor = tensor;
    else residency.words = tensor;
  }

  /** An input of the graph: what kernels read is written into the arena, the rest stays with the host. */
  addInput(value: Value): void {
    if (this.storedDims(value) !== undefined) this.makeStored(value);
    else this.makeHost(value);
  }

  /** The value in row-major order, in the cells that it is in. */
  stored(value: Value): RowMajorTensor {
    return this.cells(value) === 'float32' ? this.rowMajor(value) : this.words(value);
  }

  /** The value in row-major order, in cells that have all numbers of its type. */
  exact(value: Value): RowMajorTensor {
    return this.values.isRepresentable(value) ? this.rowMajor(value) : this.words(value);
  }

  /** The words of integers of 32 or 64 bits. */
  private words(value: Value): RowMajorTensor {
    this.makeNow(value);
    const residency = this.residency(value);
    if (residency.words !== undefined) return residency.words;
    const type = this.values.elementType(value);
    const cells = this.values.arenaCells(value);
    if (!isIntegerType(type) || cells === undefined) throw new RangeError(`${value.name} has no words`);
    const count = elementCount(this.values.dims(value)!);
    const floats = count * wordsOf(cells);
    if (this.values.constant(value) !== undefined) {
      const constant = this.constants.words(value, floats);
      residency.words = new RowMajorTensor(value.name, floats, undefined, constant, cells);
      return residency.words;
    }
    const source = this.rowMajor(value);
    const target = this.makeStored(value, cells);
    const params = {
      tree: { kind: 'input', index: 0 },
      axes: [{ size: count, strides: [1, wordsOf(cells)] }],
      inputs: [{ type, cells: 'float32' }],
      output: { type, cells },
    } as const;
    this.add({
      kind: 'kernel',
      algorithm: 'to words',
      nodes: [],
      reads: [source],
      writes: [target],
      operations: 0,
      work: count * 4,
      build: () => ({
        kernel: { name: 'integer elementwise', params },
        pointers: [{ tensor: source }, { tensor: target }],
      }),
    });
    return target;
  }

  /** A tensor of the host for what a step makes of `value`. */
  makeHost(value: Value): number {
    const index = this.hostCount++;
    this.residency(value).host = index;
    return index;
  }

  /** The value in NHWC8, with room for `halo` around it. Its rank must have that layout. */
  nhwc8(value: Value, halo?: Halo): Nhwc8Tensor {
    this.makeNow(value);
    const residency = this.residency(value);
    if (residency.nhwc8 === undefined && residency.bytes !== undefined && residency.rowMajor === undefined) {
      const tree = this.values.elementType(value) === 'int8' ? lowered : input(0);
      this.addConversion('from bytes', residency.bytes, this.makeNhwc8(value), tree);
    }
    residency.nhwc8 ??= this.convertToNhwc8(value, this.rowMajor(value), this.values.dims(value)!);
    if (halo !== undefined) residency.nhwc8.growHalo(halo);
    return residency.nhwc8;
  }

  /** The elements of `value`, as dims of another rank, in NHWC8. */
  nhwc8As(value: Value, dims: readonly number[]): Nhwc8Tensor {
    const own = nhwc8Size(this.values.dims(value)!);
    const wanted = nhwc8Size(dims)!;
    if (own !== undefined && isSameSize(own, wanted)) return this.nhwc8(value);
    return this.convertToNhwc8(value, this.rowMajor(value), dims);
  }

  private convertToNhwc8(value: Value, source: RowMajorTensor, dims: readonly number[]): Nhwc8Tensor {
    const target = new Nhwc8Tensor(value.name, nhwc8Size(dims)!);
    this.add({
      kind: 'kernel',
      algorithm: 'to channels last',
      nodes: [],
      reads: [source],
      writes: [target],
      operations: 0,
      work: source.floats * 4,
      build: (placement) => ({
        kernel: { name: 'from ONNX order', params: placement.view(target) },
        pointers: [{ tensor: source }, { tensor: target }],
      }),
    });
    return target;
  }

  /** The value in row-major order. */
  rowMajor(value: Value): RowMajorTensor {
    this.makeNow(value);
    const constant = this.values.constant(value);
    const residency = this.residency(value);
    if (constant !== undefined) {
      const floats = elementCount(constant.dims);
      const literal = this.values.elementsOf(value);
      residency.rowMajor ??= new RowMajorTensor(
        value.name,
        floats,
        undefined,
        literal === undefined
          ? this.constants.add(floats, { kind: 'elements', value: value.name })
          : this.constants.floats(literal),
      );
      return residency.rowMajor;
    }
    if (residency.rowMajor === undefined) {
      const source = this.nhwc8(value);
      const target = new RowMajorTensor(value.name, elementCount(this.values.dims(value)!));
      residency.rowMajor = target;
      this.add({
        kind: 'kernel',
        algorithm: 'to ONNX order',
        nodes: [],
        reads: [source],
        writes: [target],
        operations: 0,
        work: target.floats * 4,
        build: (placement) => ({
          kernel: { name: 'to ONNX order', params: placement.view(source) },
          pointers: [{ tensor: source }, { tensor: target }],
        }),
      });
    }
    return residency.rowMajor;
  }

  /** The value as a reference or the caller reads it. */
  operand(value: Value | undefined): UnplacedOperand {
    if (value === undefined) return { kind: 'absent' };
    if (this.values.constant(value) !== undefined) return { kind: 'weight', value: value.name };
    const host = this.residencies.get(value)?.host;
    if (host !== undefined) return { kind: 'host', index: host };
    return {
      kind: 'tensor',
      tensor: this.inArena(value),
      type: this.values.elementType(value)!,
      dims: this.values.dims(value)!,
    };
  }

  /** The value in row-major order where it may be read as values of a run are: views of constants are copied. */
  private inArena(value: Value): RowMajorTensor {
    const source = this.stored(value);
    const root = rootOf(source);
    if (root.layout === 'nhwc8' || root.constant === undefined) return source;
    const target = new RowMajorTensor(value.name, source.floats, undefined, undefined, source.cells);
    this.add({
      kind: 'kernel',
      algorithm: 'copy',
      nodes: [],
      reads: [source],
      writes: [target],
      operations: 0,
      work: source.floats * 4,
      build: () => ({
        kernel: { name: 'copy', params: { axes: [{ size: source.floats, strides: [1, 1] }] } },
        pointers: [{ tensor: source }, { tensor: target }],
      }),
    });
    this.setResidency(value, target);
    return target;
  }

  private residency(value: Value): Residency {
    let residency = this.residencies.get(value);
    if (residency === undefined) {
      residency = {};
      this.residencies.set(value, residency);
    }
    return residency;
  }
}
