/**
 * What an operator is in terms of others, as the function bodies of ONNX's own operators say it. A pass puts these nodes
 * in place of a node, so that the kernels and passes of the other operators serve it.
 */
import { type ElementType, elementTypeFacts } from '../ir/element-type.js';
import { type Attribute, emptyMetadata, type Node, Value } from '../ir/graph.js';
import { intAttribute, intsAttribute } from '../ir/graph-editor.js';
import { tensorFromNumbers } from '../ir/numeric.js';
import type { Shape } from '../ir/shape.js';
import { int64, type Tensor } from '../ir/tensor.js';

/** The operator set of the nodes, unless one is made for an operator's meaning in another. */
const expansionOpset = 24;

/** What is known of the graph that the node is in. */
export interface ExpansionFacts {
  elementType(value: Value): ElementType | undefined;
  shape(value: Value): Shape | undefined;
  /** The elements of an integer tensor or of a constant, if they are known before a run. */
  numbers(value: Value): readonly number[] | undefined;
  /** A name for a value that nothing in the graph has. */
  nameFor(name: string): string;
  addConstant(name: string, tensor: Tensor): Value;
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

  private get label(): string {
    return this.place.name || (this.place.outputs.find((value) => value !== undefined)?.name ?? this.place.opType);
  }

  newValue(opType: string): Value {
    return new Value(this.facts.nameFor(`${this.label}/${opType}`));
  }
}

export function typeAttribute(type: ElementType): Attribute {
  return intAttribute(elementTypeFacts(type).code);
}
