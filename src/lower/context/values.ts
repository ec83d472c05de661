/** What is known of values before anything runs: types, sizes, and the elements of constants. */
import type { Inference } from '../../infer/infer.js';
import type { ElementType } from '../../ir/element-type.js';
import { type Constant, constantFromTensor, type Graph, Value } from '../../ir/graph.js';
import { numberList, numbersOf } from '../../ir/numeric.js';
import { isConcrete } from '../../ir/shape.js';
import { elementCount, float32 } from '../../ir/tensor.js';
import { derivedConstant } from '../../plan/derived-constants.js';
import type { DerivedConstant } from '../../plan/execution-plan.js';
import type { Cells } from '../../wasm/kernels/cells.js';
import { arenaCells, isRepresentable } from './representable-types.js';

/** Elements of a constant that planning reads: of sizes, axes and scalars, and of indices and vectors of channels. */
const mostParameters = 64;
const mostIndices = 2 ** 18;

/** The values of the graph, and those that steps make on the way. */
export class Values {
  readonly derived: DerivedConstant[] = [];
  /** The dims of values that the graph does not have: what steps make on the way, and constants. */
  private readonly ownDims = new Map<Value, readonly number[]>();
  private readonly ownConstants = new Map<Value, Constant>();
  private readonly literals = new Map<Value, Float32Array>();

  constructor(
    private readonly graph: Graph,
    private readonly inference: Pick<Inference, 'types'>,
    private readonly narrowsFloat64 = false,
  ) {}

  /** The dims of a value where all are known. */
  dims(value: Value | undefined): readonly number[] | undefined {
    const own = value && this.ownDims.get(value);
    if (own !== undefined) return own;
    const shape = value && this.inference.types.get(value)?.shape;
    return shape !== undefined && isConcrete(shape) ? shape : undefined;
  }

  /** The dims of a float32 value that has elements: what kernels compute with. */
  floatDims(value: Value | undefined): readonly number[] | undefined {
    return value !== undefined && this.elementType(value) === 'float32' ? this.sizedDims(value) : undefined;
  }

  /** The dims of a value of any type that has elements. */
  sizedDims(value: Value | undefined): readonly number[] | undefined {
    const dims = this.dims(value);
    return dims !== undefined && elementCount(dims) > 0 ? dims : undefined;
  }

  elementType(value: Value): ElementType | undefined {
    return this.ownDims.has(value) ? 'float32' : this.inference.types.get(value)?.elementType;
  }

  /** Whether the arena holds values of its type. */
  isRepresentable(value: Value): boolean {
    const type = this.elementType(value);
    return isRepresentable(type) || (this.narrowsFloat64 && type === 'float64');
  }

  /** The cells that hold all elements of a value of its type; undefined where the arena has none. */
  arenaCells(value: Value): Cells | undefined {
    return this.isRepresentable(value) ? 'float32' : arenaCells(this.elementType(value));
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

  /** Makes `value`, which has the recipe's name, a constant that is derived from the graph's. */
  deriveConstant(value: Value, recipe: DerivedConstant): void {
    this.ownDims.set(value, recipe.dims);
    if (!this.derived.some(({ name }) => name === recipe.name)) this.derived.push(recipe);
    this.ownConstants.set(
      value,
      derivedConstant(recipe, (name) => this.constantNamed(name)),
    );
  }

  /** The elements of a constant that `literal` has made. */
  elementsOf(literal: Value): Float32Array | undefined {
    return this.literals.get(literal);
  }

  private constantNamed(name: string): Constant {
    const found = [...this.graph.constants].find(([value]) => value.name === name);
    if (found === undefined) throw new RangeError(`the graph has no constant '${name}'`);
    return found[1];
  }

  /** The elements of a small constant. */
  numbers(value: Value | undefined): readonly number[] | undefined {
    const constant = this.constant(value);
    if (constant === undefined || elementCount(constant.dims) > mostParameters) return undefined;
    if (constant.type === 'string') return undefined;
    return numberList(constant.load());
  }

  /** The elements of a constant of at most one axis: a parameter, or one for each channel. */
  vector(value: Value): readonly number[] | undefined {
    const constant = this.constant(value);
    const isVector = constant !== undefined && constant.dims.length <= 1 && constant.type !== 'string';
    return isVector && elementCount(constant.dims) <= mostIndices ? numberList(constant.load()) : undefined;
  }

  /**
   * The elements of a constant of int32 or int64: sizes and indices, which are larger than other constants that planning loads.
   */
  integers(value: Value | undefined): readonly number[] | undefined {
    const constant = this.indexConstant(value);
    return constant && numberList(constant.load());
  }

  /** The same without a list of them, of which there may be many. */
  indices(value: Value | undefined): ArrayLike<number> | undefined {
    const constant = this.indexConstant(value);
    return constant && numbersOf(constant.load());
  }

  private indexConstant(value: Value | undefined): Constant | undefined {
    const constant = this.constant(value);
    if (constant === undefined || (constant.type !== 'int64' && constant.type !== 'int32')) return undefined;
    return elementCount(constant.dims) <= mostIndices ? constant : undefined;
  }
}
