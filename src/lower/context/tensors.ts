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
import { FlatTensor, InnerTensor, innerSize, isSameSize, type LoweredTensor } from './tensor.js';
import type { Values } from './values.js';

/** Where a value is. */
interface Home {
  inner?: InnerTensor;
  flat?: FlatTensor;
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
    const isHeld = isHeldType(this.values.elementType(value)) || home?.inner !== undefined || home?.flat !== undefined;
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

  isInner(value: Value): boolean {
    this.makeNow(value);
    return this.homes.get(value)?.inner !== undefined;
  }

  /** Whether the value is in the inner layout and would have to be converted for another. */
  isOnlyInner(value: Value): boolean {
    return this.isInner(value) && !this.isFlat(value);
  }

  isFlat(value: Value): boolean {
    this.makeNow(value);
    return this.homes.get(value)?.flat !== undefined || this.values.constant(value) !== undefined;
  }

  /** A new tensor for what a step makes of `value`. */
  makeInner(value: Value): InnerTensor {
    const size = innerSize(this.values.dims(value)!)!;
    const tensor = new InnerTensor(value.name, size);
    this.home(value).inner = tensor;
    return tensor;
  }

  makeFlat(value: Value): FlatTensor {
    const tensor = new FlatTensor(value.name, elementCount(this.values.dims(value)!));
    this.home(value).flat = tensor;
    return tensor;
  }

  /** Says that `value` is in `tensor`, which may be the home of other values too. */
  place(value: Value, tensor: LoweredTensor): void {
    const home = this.home(value);
    if (tensor.layout === 'inner') home.inner = tensor;
    else home.flat = tensor;
  }

  /** An input of the graph: what kernels read is written into the arena, the rest stays with the host. */
  placeInput(value: Value): void {
    if (this.heldDims(value) !== undefined) this.makeFlat(value);
    else this.makeHost(value);
  }

  /** A tensor of the host for what a step makes of `value`. */
  makeHost(value: Value): number {
    const index = this.hostCount++;
    this.home(value).host = index;
    return index;
  }

  /** The value in the inner layout, with room for `halo` around it. Its rank must have that layout. */
  inner(value: Value, halo?: Halo): InnerTensor {
    this.makeNow(value);
    const home = this.home(value);
    home.inner ??= this.convertToInner(value, this.flat(value), this.values.dims(value)!);
    if (halo !== undefined) home.inner.growHalo(halo);
    return home.inner;
  }

  /** The elements of `value`, as dims of another rank, in the inner layout. */
  innerAs(value: Value, dims: readonly number[]): InnerTensor {
    const own = innerSize(this.values.dims(value)!);
    const wanted = innerSize(dims)!;
    if (own !== undefined && isSameSize(own, wanted)) return this.inner(value);
    return this.convertToInner(value, this.flat(value), dims);
  }

  private convertToInner(value: Value, source: FlatTensor, dims: readonly number[]): InnerTensor {
    const target = new InnerTensor(value.name, innerSize(dims)!);
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
  flat(value: Value): FlatTensor {
    this.makeNow(value);
    const constant = this.values.constant(value);
    const home = this.home(value);
    if (constant !== undefined) {
      const floats = elementCount(constant.dims);
      const literal = this.values.elementsOf(value);
      home.flat ??= new FlatTensor(
        value.name,
        floats,
        undefined,
        literal === undefined
          ? this.constants.add(floats, { kind: 'elements', value: value.name })
          : this.constants.floats(literal),
      );
      return home.flat;
    }
    if (home.flat === undefined) {
      const source = home.inner!;
      const target = new FlatTensor(value.name, elementCount(this.values.dims(value)!));
      home.flat = target;
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
    return home.flat;
  }

  /** The value as a reference or the caller reads it. */
  operand(value: Value | undefined): DraftOperand {
    if (value === undefined) return { kind: 'absent' };
    if (this.values.constant(value) !== undefined) return { kind: 'weight', value: value.name };
    const host = this.homes.get(value)?.host;
    if (host !== undefined) return { kind: 'host', index: host };
    return {
      kind: 'tensor',
      tensor: this.flat(value),
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
