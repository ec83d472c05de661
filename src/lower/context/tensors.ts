/**
 * Where values are while a graph is lowered, and in which layout. A value can be in several places: it is converted when a
 * step asks for another layout than it has, once.
 */
import type { Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import type { Halo } from '../../wasm/kernels/views.js';
import type { DraftOperand, KernelDraft } from './draft.js';
import { isHeldType } from './held-types.js';
import type { PlanConstants } from './plan-constants.js';
import { isSameSize, type LoweredTensor, Nhwc8Tensor, nhwc8Size, RowMajorTensor } from './tensor.js';
import type { Values } from './values.js';

/** Where a value is. */
interface Home {
  nhwc8?: Nhwc8Tensor;
  rowMajor?: RowMajorTensor;
  host?: number;
}

export class Tensors {
  private readonly homes = new Map<Value, Home>();
  private readonly later = new Map<Value, () => void>();
  /** The tensors of the host that steps make so far. */
  private hostCount = 0;

  constructor(
    private readonly values: Values,
    private readonly constants: PlanConstants,
    /** Adds a step that converts. */
    private readonly add: (draft: KernelDraft) => void,
  ) {}

  /**
   * The dims of a value whose elements kernels can move about: float32, or integers that the arena holds as such. Sums of
   * 32 bits are among them where a step has made them.
   */
  heldDims(value: Value | undefined): readonly number[] | undefined {
    if (value === undefined) return undefined;
    const home = this.homes.get(value);
    const isHeld =
      isHeldType(this.values.elementType(value)) || home?.nhwc8 !== undefined || home?.rowMajor !== undefined;
    return isHeld ? this.values.sizedDims(value) : undefined;
  }

  /** Says how a value is made that perhaps nothing reads. */
  makeLater(value: Value, make: () => void): void {
    this.later.set(value, make);
  }

  private makeNow(value: Value): void {
    const make = this.later.get(value);
    this.later.delete(value);
    make?.();
  }

  /** Whether the value is there at this point of the plan. */
  isReady(value: Value): boolean {
    return this.homes.has(value) || this.later.has(value) || this.values.constant(value) !== undefined;
  }

  isNhwc8(value: Value): boolean {
    this.makeNow(value);
    return this.homes.get(value)?.nhwc8 !== undefined;
  }

  /** Whether the value is in NHWC8 and would have to be converted for another. */
  isOnlyNhwc8(value: Value): boolean {
    return this.isNhwc8(value) && !this.isRowMajor(value);
  }

  isRowMajor(value: Value): boolean {
    this.makeNow(value);
    return this.homes.get(value)?.rowMajor !== undefined || this.values.constant(value) !== undefined;
  }

  /** A new tensor for what a step makes of `value`. */
  makeNhwc8(value: Value): Nhwc8Tensor {
    const size = nhwc8Size(this.values.dims(value)!)!;
    const tensor = new Nhwc8Tensor(value.name, size);
    this.home(value).nhwc8 = tensor;
    return tensor;
  }

  makeRowMajor(value: Value): RowMajorTensor {
    const tensor = new RowMajorTensor(value.name, elementCount(this.values.dims(value)!));
    this.home(value).rowMajor = tensor;
    return tensor;
  }

  /** Says that `value` is in `tensor`, which may be the home of other values too. */
  place(value: Value, tensor: LoweredTensor): void {
    const home = this.home(value);
    if (tensor.layout === 'nhwc8') home.nhwc8 = tensor;
    else home.rowMajor = tensor;
  }

  /** An input of the graph: what kernels read is written into the arena, the rest stays with the host. */
  placeInput(value: Value): void {
    if (this.heldDims(value) !== undefined) this.makeRowMajor(value);
    else this.makeHost(value);
  }

  /** A tensor of the host for what a step makes of `value`. */
  makeHost(value: Value): number {
    const index = this.hostCount++;
    this.home(value).host = index;
    return index;
  }

  /** The value in NHWC8, with room for `halo` around it. Its rank must have that layout. */
  nhwc8(value: Value, halo?: Halo): Nhwc8Tensor {
    this.makeNow(value);
    const home = this.home(value);
    home.nhwc8 ??= this.convertToNhwc8(value, this.rowMajor(value), this.values.dims(value)!);
    if (halo !== undefined) home.nhwc8.growHalo(halo);
    return home.nhwc8;
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
      build: (places) => ({
        kernel: { name: 'from ONNX order', view: places.view(target) },
        pointers: [{ tensor: source }, { tensor: target }],
      }),
    });
    return target;
  }

  /** The value in row-major order. */
  rowMajor(value: Value): RowMajorTensor {
    this.makeNow(value);
    const constant = this.values.constant(value);
    const home = this.home(value);
    if (constant !== undefined) {
      const floats = elementCount(constant.dims);
      const literal = this.values.elementsOf(value);
      home.rowMajor ??= new RowMajorTensor(
        value.name,
        floats,
        undefined,
        literal === undefined
          ? this.constants.add(floats, { kind: 'elements', value: value.name })
          : this.constants.floats(literal),
      );
      return home.rowMajor;
    }
    if (home.rowMajor === undefined) {
      const source = home.nhwc8!;
      const target = new RowMajorTensor(value.name, elementCount(this.values.dims(value)!));
      home.rowMajor = target;
      this.add({
        kind: 'kernel',
        algorithm: 'to ONNX order',
        nodes: [],
        reads: [source],
        writes: [target],
        operations: 0,
        work: target.floats * 4,
        build: (places) => ({
          kernel: { name: 'to ONNX order', view: places.view(source) },
          pointers: [{ tensor: source }, { tensor: target }],
        }),
      });
    }
    return home.rowMajor;
  }

  /** The value as a reference or the caller reads it. */
  operand(value: Value | undefined): DraftOperand {
    if (value === undefined) return { kind: 'absent' };
    if (this.values.constant(value) !== undefined) return { kind: 'weight', value: value.name };
    const host = this.homes.get(value)?.host;
    if (host !== undefined) return { kind: 'host', index: host };
    return {
      kind: 'tensor',
      tensor: this.rowMajor(value),
      type: this.values.elementType(value)!,
      dims: this.values.dims(value)!,
    };
  }

  private home(value: Value): Home {
    let home = this.homes.get(value);
    if (home === undefined) {
      home = {};
      this.homes.set(value, home);
    }
    return home;
  }
}
