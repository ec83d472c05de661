/**
 * Sizes that a part needs and that nodes before it compute. If shape inference knows such a value as arithmetic of the
 * sizes of the part's inputs, new nodes compute it from those sizes instead.
 */
import type { Inference } from '../infer/infer.js';
import { type Dim, divideExact, withoutConstant } from '../ir/dim.js';
import type { ElementType } from '../ir/element-type.js';
import { elementTypeFacts } from '../ir/element-type.js';
import { type Constant, constantFromTensor, declaredShape, emptyMetadata, type Node, Value } from '../ir/graph.js';
import { isDim, numberOf, type SymbolicTensor, tensorFromSymbolic } from '../ir/quantity.js';
import type { Shape } from '../ir/shape.js';
import { int64, type Tensor } from '../ir/tensor.js';

export type KnownFacts = Pick<Inference, 'types' | 'known'>;

/**
 * Where a size can be read: in the shape of a given value, or among the elements of a given value that holds sizes.
 */
interface SizePlace {
  readonly value: Value;
  readonly in: 'shape' | 'elements';
  /** The axis of the shape, or the index of the element. */
  readonly axis: number;
}

/** factor · (the size there) + offset. */
interface SizeElement extends SizePlace {
  readonly factor: number;
  readonly offset: number;
}

type Element = number | SizeElement;

/** How a value is computed from sizes: a tensor if all elements are known, otherwise element by element. */
export type Recipe =
  | { readonly kind: 'constant'; readonly tensor: Tensor }
  | { readonly kind: 'shape'; readonly of: Value }
  | { readonly kind: 'sizes'; readonly type: ElementType; readonly rank: 0 | 1; readonly elements: readonly Element[] };

/** Finds sizes in the values that a part is given. */
export class SizeSources {
  private readonly sources: (SizePlace & { readonly dim: Dim })[] = [];
  private readonly shapes: { readonly value: Value; readonly shape: Shape }[] = [];

  constructor(
    given: readonly Value[],
    private readonly facts: KnownFacts,
  ) {
    const seen = new Set<Dim>();
    for (const value of given) {
      const shape = facts.types.get(value)?.shape;
      if (shape !== undefined) this.shapes.push({ value, shape });
      shape?.forEach((dim, axis) => {
        if (typeof dim === 'number' || seen.has(dim)) return;
        seen.add(dim);
        this.sources.push({ dim, value, in: 'shape', axis });
      });
    }
    for (const value of given) {
      const known = facts.known.get(value);
      if (known === undefined || known.dims.length > 1 || !isInteger(known.type)) continue;
      known.elements.forEach((dim, axis) => {
        if (typeof dim === 'number' || !isDim(dim) || seen.has(dim)) return;
        seen.add(dim);
        this.sources.push({ dim, value, in: 'elements', axis });
      });
    }
  }

  /** Undefined if the value is unknown, or depends on more than these sizes. */
  recipeFor(value: Value): Recipe | undefined {
    const known = this.facts.known.get(value);
    if (known === undefined) return undefined;
    const tensor = tensorFromSymbolic(known);
    if (tensor !== undefined) return { kind: 'constant', tensor };
    return this.fromSizes(known);
  }

  private fromSizes({ type, dims, elements }: SymbolicTensor): Recipe | undefined {
    if (dims.length > 1 || !isInteger(type)) return undefined;
    const whole = this.shapes.find(
      ({ shape }) => shape.length === elements.length && shape.every((dim, axis) => dim === elements[axis]),
    );
    if (whole !== undefined && dims.length === 1 && type === 'int64') return { kind: 'shape', of: whole.value };
    const found: Element[] = [];
    for (const element of elements) {
      const number = numberOf(element);
      const item = number ?? (isDim(element) ? this.fromSize(element) : undefined);
      if (item === undefined) return undefined;
      found.push(item);
    }
    return { kind: 'sizes', type, rank: dims.length as 0 | 1, elements: found };
  }

  private fromSize(dim: Dim): SizeElement | undefined {
    if (typeof dim === 'number') return undefined;
    let best: SizeElement | undefined;
    for (const { dim: size, ...place } of this.sources) {
      if (typeof size === 'number') continue;
      if (size === dim) return { ...place, factor: 1, offset: 0 };
      const factor = divideExact(withoutConstant(dim), withoutConstant(size));
      if (typeof factor === 'number' && best === undefined)
        best = { ...place, factor, offset: dim.constant - factor * size.constant };
    }
    return best;
  }
}

function isInteger(type: ElementType): boolean {
  return ['signed', 'unsigned'].includes(elementTypeFacts(type).kind);
}

/** Writes recipes as nodes of ai.onnx that read the inputs of a part. */
export class SizeWriter {
  readonly nodes: Node[] = [];
  readonly constants = new Map<Value, Constant>();
  /** Vectors of sizes: by the value whose shape they are, and by the value whose elements they are. */
  private readonly vectors = { shape: new Map<Value, Value>(), elements: new Map<Value, Value>() };

  /**
   * @param opset of ai.onnx
   * @param taken names that new values cannot have; names of new values are added to it
   */
  constructor(
    private readonly opset: number,
    private readonly taken: Set<string>,
  ) {}

  /** @param resolve maps a given value to the part's value for it */
  write(target: Value, recipe: Recipe, resolve: (value: Value) => Value): void {
    if (recipe.kind === 'constant') {
      this.constants.set(target, constantFromTensor(recipe.tensor));
      return;
    }
    if (recipe.kind === 'shape') {
      this.node('Shape', [resolve(recipe.of)], target);
      return;
    }
    const { type, rank, elements } = recipe;
    const isInt64 = type === 'int64';
    const pieces = piecesOf(elements).map((piece) => this.piece(target, piece, rank, resolve));
    const sizes = isInt64 ? target : this.value(`${target.name}_sizes`, [elements.length].slice(0, rank));
    if (pieces.length === 1 && isInt64) this.replaceLast(pieces[0]!, target);
    else if (pieces.length === 1) this.node('Cast', pieces, target, { to: elementTypeFacts(type).code });
    else {
      this.node('Concat', pieces, sizes, { axis: 0 });
      if (!isInt64) this.node('Cast', [sizes], target, { to: elementTypeFacts(type).code });
    }
  }

  private piece(target: Value, piece: Piece, rank: 0 | 1, resolve: (value: Value) => Value): Value {
    if (piece.value === undefined) return this.constant(target, rank, piece.numbers);
    const shape = this.vectorOf(resolve(piece.value), piece.in);
    const dims = [piece.axes.length].slice(0, rank);
    let result = this.node(
      'Gather',
      [shape, this.constant(target, rank, piece.axes)],
      this.value(`${target.name}_axes`, dims),
    );
    if (piece.factor !== 1)
      result = this.node(
        'Mul',
        [result, this.constant(target, rank, [piece.factor])],
        this.value(`${target.name}_scaled`, dims),
      );
    if (piece.offset !== 0)
      result = this.node(
        'Add',
        [result, this.constant(target, rank, [piece.offset])],
        this.value(`${target.name}_moved`, dims),
      );
    return result;
  }

  /** Makes the last node produce `target` instead of `value`. */
  private replaceLast(value: Value, target: Value): void {
    const last = this.nodes.at(-1)!;
    this.nodes[this.nodes.length - 1] = {
      ...last,
      outputs: last.outputs.map((output) => (output === value ? target : output)),
    };
  }

  private vectorOf(value: Value, place: SizePlace['in']): Value {
    const known = this.vectors[place].get(value);
    if (known !== undefined) return known;
    const vector = place === 'shape' ? this.shapeOf(value) : this.elementsOf(value);
    this.vectors[place].set(value, vector);
    return vector;
  }

  private shapeOf(value: Value): Value {
    const rank = declaredShape(value)?.length;
    return this.node('Shape', [value], this.value(`${value.name}_shape`, rank === undefined ? undefined : [rank]));
  }

  private elementsOf(value: Value): Value {
    const { declared } = value;
    const dims = declaredShape(value);
    const isInt64 = declared?.kind === 'tensor' && declared.elementType === 'int64';
    const wide = isInt64
      ? value
      : this.node('Cast', [value], this.value(`${value.name}_wide`, undefined), { to: elementTypeFacts('int64').code });
    if (dims?.length === 1) return wide;
    return this.node('Reshape', [wide, this.constant(value, 1, [-1])], this.value(`${value.name}_vector`, undefined));
  }

  private constant({ name }: Value, rank: 0 | 1, numbers: readonly number[]): Value {
    const dims = rank === 0 ? [] : [numbers.length];
    const value = this.value(`${name}_number`, dims);
    this.constants.set(value, constantFromTensor(int64(dims, numbers)));
    return value;
  }

  private value(wish: string, dims: readonly number[] | undefined): Value {
    let name = wish;
    for (let i = 2; this.taken.has(name); i++) name = `${wish}_${i}`;
    this.taken.add(name);
    return new Value(name, { kind: 'tensor', elementType: 'int64', shape: dims });
  }

  private node(opType: string, inputs: readonly Value[], output: Value, integers: Record<string, number> = {}): Value {
    this.nodes.push({
      name: output.name,
      domain: '',
      opType,
      opset: this.opset,
      inputs,
      outputs: [output],
      attributes: new Map(
        Object.entries(integers).map(([name, value]) => [name, { kind: 'int' as const, value: BigInt(value) }]),
      ),
      metadata: emptyMetadata,
      index: this.nodes.length,
    });
    return output;
  }
}

/** Adjacent elements that come from one Gather or one constant. */
type Piece =
  | { readonly value: undefined; readonly numbers: number[] }
  | (Omit<SizeElement, 'axis'> & { readonly axes: number[] });

function piecesOf(elements: readonly Element[]): Piece[] {
  const pieces: Piece[] = [];
  for (const element of elements) {
    const last = pieces.at(-1);
    if (typeof element === 'number') {
      if (last !== undefined && last.value === undefined) last.numbers.push(element);
      else pieces.push({ value: undefined, numbers: [element] });
      continue;
    }
    const { axis, ...rest } = element;
    const isSame =
      last?.value === rest.value && last.in === rest.in && last.factor === rest.factor && last.offset === rest.offset;
    if (isSame) last.axes.push(axis);
    else pieces.push({ ...rest, axes: [axis] });
  }
  return pieces;
}
