/**
 * Sizes that a part needs and the network before it computed: where shape inference knows such a value as arithmetic of
 * the sizes of what the part is given, nodes that read those sizes take the place of the way that is cut off.
 */
import type { Inference } from '../infer.js';
import { type Dim, divideExact, withoutConstant } from '../ir/dim.js';
import type { ElementType } from '../ir/element-type.js';
import { elementTypeFacts } from '../ir/element-type.js';
import { type Constant, constantFromTensor, emptyMetadata, type Node, Value } from '../ir/graph.js';
import { isDim, numberOf, type SymbolicTensor, tensorFromSymbolic } from '../ir/quantity.js';
import type { Shape } from '../ir/shape.js';
import { int64, type Tensor } from '../ir/tensor.js';

export type KnownFacts = Pick<Inference, 'types' | 'known'>;

/** factor · (the size of `value` at `axis`) + offset. */
interface SizeElement {
  readonly value: Value;
  readonly axis: number;
  readonly factor: number;
  readonly offset: number;
}

type Element = number | SizeElement;

/** How a value comes from sizes: a tensor where all is numbers, else its elements. */
export type Recipe =
  | { readonly kind: 'constant'; readonly tensor: Tensor }
  | { readonly kind: 'shape'; readonly of: Value }
  | { readonly kind: 'sizes'; readonly type: ElementType; readonly rank: 0 | 1; readonly elements: readonly Element[] };

/** Reads sizes off the values that a part is given. */
export class SizeSources {
  private readonly sources: { readonly dim: Dim; readonly value: Value; readonly axis: number }[] = [];
  private readonly shapes: { readonly value: Value; readonly shape: Shape }[] = [];

  constructor(
    given: Iterable<Value>,
    private readonly facts: KnownFacts,
  ) {
    const seen = new Set<Dim>();
    for (const value of given) {
      const shape = facts.types.get(value)?.shape;
      if (shape !== undefined) this.shapes.push({ value, shape });
      shape?.forEach((dim, axis) => {
        if (typeof dim === 'number' || seen.has(dim)) return;
        seen.add(dim);
        this.sources.push({ dim, value, axis });
      });
    }
  }

  /** Undefined where the value is not known, or not from these sizes alone. */
  recipeFor(value: Value): Recipe | undefined {
    const known = this.facts.known.get(value);
    if (known === undefined) return undefined;
    const tensor = tensorFromSymbolic(known);
    if (tensor !== undefined) return { kind: 'constant', tensor };
    return this.fromSizes(known);
  }

  private fromSizes({ type, dims, elements }: SymbolicTensor): Recipe | undefined {
    if (dims.length > 1 || !['signed', 'unsigned'].includes(elementTypeFacts(type).kind)) return undefined;
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
    for (const { dim: size, value, axis } of this.sources) {
      if (typeof size === 'number') continue;
      if (size === dim) return { value, axis, factor: 1, offset: 0 };
      const factor = divideExact(withoutConstant(dim), withoutConstant(size));
      if (typeof factor === 'number' && best === undefined)
        best = { value, axis, factor, offset: dim.constant - factor * size.constant };
    }
    return best;
  }
}

/** Writes recipes as nodes of ai.onnx that read the inputs of a part. */
export class SizeWriter {
  readonly nodes: Node[] = [];
  readonly constants = new Map<Value, Constant>();
  private readonly shapes = new Map<Value, Value>();

  /**
   * @param opset of ai.onnx
   * @param taken names that new values cannot have; those of new values are added
   */
  constructor(
    private readonly opset: number,
    private readonly taken: Set<string>,
  ) {}

  /** @param resolve what stands for a given value in the part */
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
    const shape = this.shapeOf(resolve(piece.value));
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

  /** The last node makes `target` in place of `value`. */
  private replaceLast(value: Value, target: Value): void {
    const last = this.nodes.at(-1)!;
    this.nodes[this.nodes.length - 1] = {
      ...last,
      outputs: last.outputs.map((output) => (output === value ? target : output)),
    };
  }

  private shapeOf(value: Value): Value {
    const known = this.shapes.get(value);
    if (known !== undefined) return known;
    const rank = value.declared?.kind === 'tensor' ? value.declared.shape?.length : undefined;
    const shape = this.node(
      'Shape',
      [value],
      this.value(`${value.name}_shape`, rank === undefined ? undefined : [rank]),
    );
    this.shapes.set(value, shape);
    return shape;
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

/** Neighbouring elements that one Gather, or one constant, gives. */
type Piece =
  | { readonly value: undefined; readonly numbers: number[] }
  | { readonly value: Value; readonly axes: number[]; readonly factor: number; readonly offset: number };

function piecesOf(elements: readonly Element[]): Piece[] {
  const pieces: Piece[] = [];
  for (const element of elements) {
    const last = pieces.at(-1);
    if (typeof element === 'number') {
      if (last !== undefined && last.value === undefined) last.numbers.push(element);
      else pieces.push({ value: undefined, numbers: [element] });
      continue;
    }
    const { value, axis, factor, offset } = element;
    if (last?.value === value && last.factor === factor && last.offset === offset) last.axes.push(axis);
    else pieces.push({ value, axes: [axis], factor, offset });
  }
  return pieces;
}
