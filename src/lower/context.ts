/**
 * What lowerings work with: where each value is, in which layout, and the steps so far. A value can be in several places:
 * it is converted when a step asks for another layout than it has, once.
 */

import type { Inference } from '../infer.js';
import type { ElementType } from '../ir/element-type.js';
import {
  type Constant,
  capturedValues,
  constantFromTensor,
  type Graph,
  type Node,
  subgraphsOf,
  Value,
} from '../ir/graph.js';
import { numbersOf } from '../ir/numeric.js';
import { elementCount, float32 } from '../ir/tensor.js';
import { derivedConstant } from '../plan/derived-constants.js';
import type { ConstantRecipe, DerivedConstant, PlanConstant, Precision } from '../plan/execution-plan.js';
import { exactJson } from '../wasm/exact-json.js';
import type { Tier } from '../wasm/kernels/kernel.js';
import type { Halo } from '../wasm/kernels/views.js';
import type { Draft, DraftOperand, KernelDraft } from './draft.js';
import { isHeldType } from './held-types.js';
import { FlatTensor, InnerTensor, innerSize, isSameSize, type LoweredTensor } from './tensor.js';

export interface LowerOptions {
  readonly tier: Tier;
  readonly precision: Precision;
  readonly threads: number;
  /** A form that convolutions take wherever they can, in place of the one that is expected to be fastest: for measurements. */
  readonly prefer?: ConvolutionForm;
}

export type ConvolutionForm =
  | { readonly name: 'direct' | 'narrow' | 'depthwise' }
  | { readonly name: 'winograd' | 'winograd steps' | 'winograd panels'; readonly outputs: number };

/** Where a value is. */
interface Home {
  inner?: InnerTensor;
  flat?: FlatTensor;
  host?: number;
}

/** Constants of more elements are never loaded while planning. */
const longestInlined = 64;
const longestIndices = 2 ** 18;

/** What scales are made with. */
const earlyOperators: ReadonlySet<string> = new Set(['Mul', 'Div', 'Reshape', 'Squeeze', 'Unsqueeze']);

/** What a constant takes once it is packed, about: integers become float32. */
function packedBytes({ type, dims, byteLength }: Constant): number {
  return isHeldType(type) ? elementCount(dims) * 4 : byteLength;
}

export class LoweringContext {
  readonly drafts: Draft[] = [];
  readonly constants: PlanConstant[] = [];
  readonly derived: DerivedConstant[] = [];
  /** Nodes that a step computes already. */
  readonly done = new Set<Node>();
  /** For the indices of a max pooling that only unpoolings read: the taps that they are from, in the inner layout. */
  readonly taps = new Map<Value, InnerTensor>();
  /** The host tensors that steps make, by number. */
  hostCount = 0;
  /** Of all constants of the graph, once they are packed. */
  readonly weightBytes: number;
  private readonly homes = new Map<Value, Home>();
  /** The dims of values that steps make on the way, and constants that the graph does not have. */
  private readonly ownDims = new Map<Value, readonly number[]>();
  private readonly ownConstants = new Map<Value, Constant>();
  private readonly literals = new Map<Value, Float32Array>();
  private readonly numberRows = new Map<Value, Map<number, FlatTensor>>();
  private readonly centredValues = new Map<Value, Map<Value, Value>>();
  private readonly later = new Map<Value, () => void>();
  private readonly vectorsAlong = new Map<string, Value>();
  private readonly constantIndices = new Map<string, number>();
  private readonly readers = new Map<Value, Node[]>();
  private readonly positions = new Map<Node, number>();
  private readonly producers = new Map<Value, Node>();
  private isEarly = false;
  private readonly returned: ReadonlySet<Value>;

  constructor(
    readonly graph: Graph,
    private readonly inference: Pick<Inference, 'types'>,
    readonly options: LowerOptions,
    /** Lowers a node that is not done. */
    private readonly lowerNode: (node: Node) => void,
  ) {
    this.returned = new Set(graph.outputs);
    this.weightBytes = [...graph.constants.values()].reduce((sum, constant) => sum + packedBytes(constant), 0);
    for (const [position, node] of graph.nodes.entries()) {
      this.positions.set(node, position);
      for (const value of node.outputs) if (value !== undefined) this.producers.set(value, node);
      for (const value of readBy(node)) {
        const readers = this.readers.get(value);
        if (readers === undefined) this.readers.set(value, [node]);
        else if (!readers.includes(node)) readers.push(node);
      }
    }
  }

  /** The dims of a value where all are known. */
  dims(value: Value | undefined): readonly number[] | undefined {
    const own = value && this.ownDims.get(value);
    if (own !== undefined) return own;
    const shape = value && this.inference.types.get(value)?.shape;
    return shape?.every((dim) => typeof dim === 'number') ? shape : undefined;
  }

  /** The dims of a float32 value that has elements: what kernels compute with. */
  floatDims(value: Value | undefined): readonly number[] | undefined {
    return value !== undefined && this.elementType(value) === 'float32' ? this.sizedDims(value) : undefined;
  }

  /**
   * The dims of a value whose elements kernels can move about: float32, or integers that the arena holds as such. Sums of
   * 32 bits are among them where a step has made them.
   */
  heldDims(value: Value | undefined): readonly number[] | undefined {
    if (value === undefined) return undefined;
    const home = this.homes.get(value);
    const isHeld = isHeldType(this.elementType(value)) || home?.inner !== undefined || home?.flat !== undefined;
    return isHeld ? this.sizedDims(value) : undefined;
  }

  /** The dims of a value of any type that has elements. */
  sizedDims(value: Value | undefined): readonly number[] | undefined {
    const dims = this.dims(value);
    return dims !== undefined && elementCount(dims) > 0 ? dims : undefined;
  }

  elementType(value: Value): ElementType | undefined {
    return this.ownDims.has(value) ? 'float32' : this.inference.types.get(value)?.elementType;
  }

  constant(value: Value | undefined): Constant | undefined {
    return value && (this.graph.constants.get(value) ?? this.ownConstants.get(value));
  }

  /** A float32 value that the graph does not have: what a step makes on the way. */
  ownValue(name: string, dims: readonly number[]): Value {
    const value = new Value(name);
    this.ownDims.set(value, dims);
    return value;
  }

  /** A constant that the plan carries itself. */
  literal(name: string, dims: readonly number[], numbers: ArrayLike<number>): Value {
    const value = this.ownValue(name, dims);
    const elements = Float32Array.from(numbers);
    this.literals.set(value, elements);
    this.ownConstants.set(value, constantFromTensor(float32(dims, elements)));
    return value;
  }

  /** Makes `value`, of the name that the recipe has, a constant that is derived of the graph's. */
  deriveConstant(value: Value, recipe: DerivedConstant): void {
    this.ownDims.set(value, recipe.dims);
    if (!this.derived.some(({ name }) => name === recipe.name)) this.derived.push(recipe);
    this.ownConstants.set(
      value,
      derivedConstant(recipe, (name) => this.constantNamed(name)),
    );
  }

  /** A constant of the graph less its zero points, of which each is for `run` neighbours. */
  derivedValue(name: string, of: Value, { zeroPoint, run }: { zeroPoint: Value | undefined; run: number }): Value {
    const value = new Value(name);
    const { dims } = this.constant(of)!;
    this.deriveConstant(value, { name, dims, value: of.name, zeroPoint: zeroPoint?.name, scale: undefined, run });
    return value;
  }

  /** What a tensor is without a zero point, where a step has made it. */
  centred(x: Value, zeroPoint: Value | undefined): Value | undefined {
    return zeroPoint && this.centredValues.get(x)?.get(zeroPoint);
  }

  setCentred(x: Value, zeroPoint: Value, centred: Value): void {
    const known = this.centredValues.get(x) ?? new Map<Value, Value>();
    this.centredValues.set(x, known.set(zeroPoint, centred));
  }

  /** A value of one element, without axes. */
  asNumber(value: Value): Value {
    if (this.dims(value)!.length === 0) return value;
    const number = this.ownValue(value.name, []);
    this.place(number, this.flat(value));
    return number;
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

  private constantNamed(name: string): Constant {
    const found = [...this.graph.constants].find(([value]) => value.name === name);
    if (found === undefined) throw new RangeError(`the graph has no constant '${name}'`);
    return found[1];
  }

  /** The elements of a small constant. */
  numbers(value: Value | undefined): readonly number[] | undefined {
    const constant = this.constant(value);
    if (constant === undefined || elementCount(constant.dims) > longestInlined) return undefined;
    if (constant.type === 'string') return undefined;
    return Array.from(numbersOf(constant.load()));
  }

  /** The elements of a constant of one axis or none: parameters of channels. */
  vector(value: Value): readonly number[] | undefined {
    const constant = this.constant(value);
    const isVector = constant !== undefined && constant.dims.length <= 1 && constant.type !== 'string';
    return isVector && elementCount(constant.dims) <= longestIndices
      ? Array.from(numbersOf(constant.load()))
      : undefined;
  }

  /** A constant vector along an axis that has so many axes behind it. */
  vectorAlong(value: Value, numbers: readonly number[], behind: number): Value {
    const key = `${value.name} ${behind}`;
    const known = this.vectorsAlong.get(key);
    if (known !== undefined) return known;
    const made = this.literal(value.name, [numbers.length, ...new Array<number>(behind).fill(1)], numbers);
    this.vectorsAlong.set(key, made);
    return made;
  }

  /** The elements of an integer constant, of any size that indices have: weights are no integers. */
  integers(value: Value | undefined): readonly number[] | undefined {
    const constant = this.constant(value);
    if (constant === undefined || (constant.type !== 'int64' && constant.type !== 'int32')) return undefined;
    return elementCount(constant.dims) <= longestIndices ? Array.from(numbersOf(constant.load())) : undefined;
  }

  position(node: Node): number {
    return this.positions.get(node)!;
  }

  readersOf(value: Value): readonly Node[] {
    return this.readers.get(value) ?? [];
  }

  isReturned(value: Value): boolean {
    return this.returned.has(value);
  }

  /** Whether the value is there at this point of the plan. */
  isReady(value: Value): boolean {
    return this.homes.has(value) || this.later.has(value) || this.constant(value) !== undefined;
  }

  /**
   * Makes a small value, such as a product of scales, before the graph's order comes to it, where what it is made of is
   * there: what is lowered now can then read it.
   */
  makeEarly(value: Value): boolean {
    const producer = this.producers.get(value);
    const dims = this.floatDims(value);
    if (producer === undefined || this.done.has(producer) || dims === undefined) return false;
    if (elementCount(dims) > longestInlined ** 2 || !earlyOperators.has(producer.opType)) return false;
    if (this.isEarly || producer.inputs.some((input) => input !== undefined && !this.isReady(input))) return false;
    this.isEarly = true;
    this.lowerNode(producer);
    this.isEarly = false;
    return this.isReady(value);
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
    return this.homes.get(value)?.flat !== undefined || this.constant(value) !== undefined;
  }

  /** Whether what makes the tensor may write it into a wider one: it has memory of its own. */
  canMove(tensor: InnerTensor): boolean {
    return tensor.parent === undefined;
  }

  add(draft: KernelDraft): void {
    this.drafts.push(draft);
    for (const node of draft.nodes) this.done.add(node);
  }

  /** The index of a constant of the plan; equal ones are one. */
  planConstant(floats: number, recipe: ConstantRecipe): number {
    const key = exactJson([floats, recipe]);
    const known = this.constantIndices.get(key);
    if (known !== undefined) return known;
    this.constants.push({ key, floats, recipe });
    this.constantIndices.set(key, this.constants.length - 1);
    return this.constants.length - 1;
  }

  /**
   * Rows of numbers that vectors are read from: so many columns of `value` each, at a distance of `stride` floats. There
   * are 16 floats to read behind the last.
   */
  planRows(value: Value, columns: number, stride: number, rows = 1): number {
    const literal = this.literals.get(value);
    if (literal !== undefined) {
      const table = new Float32Array(rows * stride + 16);
      for (let row = 0; row < rows; row++)
        table.set(literal.subarray(row * columns, (row + 1) * columns), row * stride);
      return this.planFloats(table);
    }
    const recipe = { kind: 'rows', value: value.name, columns, stride } as const;
    return this.planConstant(rows * stride + 16, recipe);
  }

  /** One number a channel. */
  planChannels(value: Value, channels: number): number {
    return this.planRows(value, channels, Math.ceil(channels / 16) * 16);
  }

  /** A table that the plan carries. */
  planBytes(bytes: Uint8Array): number {
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    const base64 = btoa(text);
    return this.planConstant(Math.ceil(bytes.length / 4), { kind: 'bytes', base64 });
  }

  private planFloats(table: Float32Array): number {
    return this.planBytes(new Uint8Array(table.buffer));
  }

  /** A new tensor for what a step makes of `value`. */
  makeInner(value: Value): InnerTensor {
    const size = innerSize(this.dims(value)!)!;
    const tensor = new InnerTensor(value.name, size);
    this.home(value).inner = tensor;
    return tensor;
  }

  makeFlat(value: Value): FlatTensor {
    const tensor = new FlatTensor(value.name, elementCount(this.dims(value)!));
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
    else this.home(value).host = this.hostCount++;
  }

  /** The row of so many times the number that a value is, which `make` adds the step for. */
  rowOf(value: Value, count: number, make: (row: FlatTensor) => void): FlatTensor {
    const rows = this.numberRows.get(value) ?? new Map<number, FlatTensor>();
    this.numberRows.set(value, rows);
    const known = rows.get(count);
    if (known !== undefined) return known;
    const row = new FlatTensor(value.name, Math.ceil(count / 16) * 16);
    rows.set(count, row);
    make(row);
    return row;
  }

  /** The value in the inner layout, with room for `halo` around it. Its rank must have that layout. */
  inner(value: Value, halo?: Halo): InnerTensor {
    this.makeNow(value);
    const home = this.home(value);
    home.inner ??= this.convertToInner(value, this.flat(value), this.dims(value)!);
    if (halo !== undefined) home.inner.growHalo(halo);
    return home.inner;
  }

  /** The elements of `value`, as dims of another rank, in the inner layout. */
  innerAs(value: Value, dims: readonly number[]): InnerTensor {
    const own = innerSize(this.dims(value)!);
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
    const constant = this.constant(value);
    const home = this.home(value);
    if (constant !== undefined) {
      const floats = elementCount(constant.dims);
      const literal = this.literals.get(value);
      home.flat ??= new FlatTensor(
        value.name,
        floats,
        undefined,
        literal === undefined
          ? this.planConstant(floats, { kind: 'elements', value: value.name })
          : this.planFloats(literal),
      );
      return home.flat;
    }
    if (home.flat === undefined) {
      const source = home.inner!;
      const target = new FlatTensor(value.name, elementCount(this.dims(value)!));
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
    if (this.constant(value) !== undefined) return { kind: 'weight', value: value.name };
    const host = this.homes.get(value)?.host;
    if (host !== undefined) return { kind: 'host', index: host };
    return { kind: 'tensor', tensor: this.flat(value), type: this.elementType(value)!, dims: this.dims(value)! };
  }

  /** Has the node computed outside of WebAssembly. */
  reference(node: Node, reason: string): void {
    const inputs = node.inputs.map((input) => this.operand(input));
    const captures = subgraphsOf(node).flatMap(({ graph }) =>
      [...capturedValues(graph)]
        .filter((value) => this.isReady(value))
        .map((value) => ({ value: value.name, operand: this.operand(value) })),
    );
    const outputs = node.outputs.map((output): DraftOperand => {
      if (output === undefined) return { kind: 'absent' };
      const dims = this.heldDims(output);
      if (dims !== undefined) {
        return { kind: 'tensor', tensor: this.makeFlat(output), type: this.elementType(output)!, dims };
      }
      const index = this.hostCount++;
      this.home(output).host = index;
      return { kind: 'host', index };
    });
    this.drafts.push({ kind: 'reference', reason, nodes: [node], inputs, outputs, captures });
    this.done.add(node);
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

function* readBy(node: Node): Iterable<Value> {
  for (const input of node.inputs) if (input !== undefined) yield input;
  for (const { graph } of subgraphsOf(node)) yield* capturedValues(graph);
}
