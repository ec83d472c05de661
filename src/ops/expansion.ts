/**
 * What an operator is in terms of others, as the function bodies of ONNX's own operators say it. A pass puts these nodes
 * in place of a node, so that the kernels and passes of the other operators serve it.
 */
import type { ElementType } from '../ir/element-type.js';
import { type Attribute, type Constant, emptyMetadata, type Node, Value } from '../ir/graph.js';
import { intAttribute, intsAttribute } from '../ir/graph-editor.js';
import { tensorFromNumbers } from '../ir/numeric.js';
import type { Shape } from '../ir/shape.js';
import { elementCount, int64, rowMajorStrides, type Tensor } from '../ir/tensor.js';
import { mostTableEntries } from '../limits/tables.js';
import { typeAttribute, unknownType } from './type-attribute.js';

/** The operator set of the nodes, unless one is made for an operator's meaning in another. */
const expansionOpset = 24;

/** Why some nodes cannot be expanded. */
export const openSizes = 'sizes that are not known';

/** A table that a node would bring into the graph has more entries than it may. */
export const longTable = `a table of more than ${mostTableEntries} entries`;

/** Whether constants of these dims may be made of what attributes and sizes say. */
export function isTable(...dims: readonly number[]): boolean {
  return elementCount(dims) <= mostTableEntries;
}

/** What is known of the graph that the node is in. */
export interface ExpansionFacts {
  elementType(value: Value): ElementType | undefined;
  shape(value: Value): Shape | undefined;
  /** The elements of an integer tensor or of a constant, if they are known before a run. */
  numbers(value: Value): readonly number[] | undefined;
  /** A name for a value that nothing in the graph has. */
  nameFor(name: string): string;
  /** The constant that a value is, not loaded. */
  constant(value: Value): Constant | undefined;
  addConstant(name: string, content: Tensor | Constant): Value;
}

interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** The value that the node makes (default: a new one). */
  readonly output?: Value;
  /** More outputs, after the first. */
  readonly others?: readonly (Value | undefined)[];
  readonly opset?: number;
}

/** Collects the nodes of an expansion. Nothing is added before it is known that the node can be expanded. */
export class Expansion {
  readonly nodes: Node[] = [];

  constructor(
    private readonly place: Node,
    readonly facts: ExpansionFacts,
  ) {}

  /** Adds a node of ai.onnx, and returns its first output. */
  add(opType: string, inputs: readonly (Value | undefined)[], options: NodeOptions = {}): Value {
    const { attributes = {}, output = this.newValue(opType), others = [], opset = expansionOpset } = options;
    this.nodes.push({
      name: `${this.label}/${opType}`,
      domain: '',
      opType,
      opset,
      inputs,
      outputs: [output, ...others],
      attributes: new Map(Object.entries(attributes)),
      metadata: emptyMetadata,
      index: this.place.index,
    });
    return output;
  }

  /** The node's own attributes of these names. */
  copied(names: readonly string[]): Record<string, Attribute> {
    const { attributes } = this.place;
    return Object.fromEntries(
      names.flatMap((name) => {
        const attribute = attributes.get(name);
        return attribute === undefined ? [] : [[name, attribute] as const];
      }),
    );
  }

  /** A scalar constant. */
  number(value: number, type: ElementType): Value {
    return this.facts.addConstant(`${this.label}/${value}`, tensorFromNumbers(type, [], [value]));
  }

  integers(values: readonly number[]): Value {
    return this.facts.addConstant(`${this.label}/integers`, int64([values.length], values));
  }

  transpose(value: Value, perm: readonly number[], output?: Value): Value {
    if (output === undefined && perm.every((axis, i) => axis === i)) return value;
    return this.add('Transpose', [value], { attributes: { perm: intsAttribute(perm) }, ...(output && { output }) });
  }

  dequantize(value: Value, scale: Value, zeroPoint: Value | undefined): Value {
    return this.add('DequantizeLinear', [value, scale, zeroPoint]);
  }

  /** @param type of the integers, which the zero point has if there is one */
  quantize(value: Value, scale: Value, zeroPoint: Value | undefined, type: ElementType, output?: Value): Value {
    return this.add('QuantizeLinear', [value, scale, zeroPoint], {
      attributes: zeroPoint === undefined ? { output_dtype: typeAttribute(type) } : {},
      ...(output && { output }),
    });
  }

  reshape(value: Value, dims: readonly number[], output?: Value): Value {
    return this.add('Reshape', [value, this.integers(dims)], {
      attributes: { allowzero: intAttribute(1) },
      ...(output && { output }),
    });
  }

  /** The elements from `start` to `end` of one axis. */
  slice(value: Value, axis: number, start: number, end: number): Value {
    return this.add('Slice', [value, ...[start, end, axis].map((number) => this.integers([number]))]);
  }

  constant(name: string, content: Tensor | Constant): Value {
    return this.facts.addConstant(`${this.label}/${name}`, content);
  }

  /** A constant with a number for each index. */
  table(name: string, type: ElementType, dims: readonly number[], at: (index: readonly number[]) => number): Value {
    const strides = rowMajorStrides(dims);
    const numbers = Array.from({ length: elementCount(dims) }, (_, i) =>
      at(dims.map((size, axis) => Math.floor(i / strides[axis]!) % size)),
    );
    return this.constant(name, tensorFromNumbers(type, dims, numbers));
  }

  /** The value in `type`, which it may have already. */
  cast(value: Value, type: ElementType, output?: Value): Value {
    if (output === undefined && this.facts.elementType(value) === type) return value;
    return this.add('Cast', [value], { attributes: { to: typeAttribute(type) }, ...(output && { output }) });
  }

  /**
   * Adds what `compute` makes of floats, in float32 where they are shorter: the result is rounded once, as the operator's is.
   * @param compute makes `result` of the floats, whose type is given
   */
  inFloat32(
    x: Value,
    output: Value,
    compute: (wide: Value, type: 'float32' | 'float64', result: Value) => void,
  ): string | undefined {
    const type = this.facts.elementType(x);
    if (type === undefined) return unknownType;
    if (type === 'float32' || type === 'float64') {
      compute(x, type, output);
      return undefined;
    }
    const result = this.newValue('wide');
    compute(this.cast(x, 'float32'), 'float32', result);
    this.cast(result, type, output);
    return undefined;
  }

  private get label(): string {
    return this.place.name || (this.place.outputs.find((value) => value !== undefined)?.name ?? this.place.opType);
  }

  newValue(opType: string): Value {
    return new Value(this.facts.nameFor(`${this.label}/${opType}`));
  }
}
