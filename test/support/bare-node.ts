/** Single nodes of which only what a signature says is known: element types, attributes, how many inputs and outputs. */
import { infer } from '../../src/infer/infer.js';
import type { ElementType } from '../../src/ir/element-type.js';
import { type Attribute, emptyMetadata, type Graph, type Node, Value } from '../../src/ir/graph.js';

export interface BareNode {
  readonly op: string;
  readonly opset: number;
  /** undefined where an input is left empty. */
  readonly inputs: readonly (ElementType | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: number;
}

/** What nodes are refused with for their signature; what else is wrong with them is not asked here. */
export const signatureCodes = ['US1210', 'US1302', 'US1303', 'US1306', 'US1307'];

/** A graph of the node alone. */
export function graphOfBareNode({ op, opset, inputs, attributes, outputs }: BareNode): Graph {
  const values = inputs.map((elementType, i) =>
    elementType === undefined ? undefined : new Value(`x${i}`, { kind: 'tensor', elementType, shape: undefined }),
  );
  const node: Node = {
    name: 'node',
    domain: '',
    opType: op,
    opset,
    inputs: values,
    outputs: Array.from({ length: outputs }, (_, i) => new Value(`y${i}`)),
    attributes: new Map(Object.entries(attributes)),
    metadata: emptyMetadata,
    index: 0,
  };
  return {
    name: 'bare',
    inputs: values.filter((value) => value !== undefined),
    outputs: node.outputs.filter((value) => value !== undefined),
    nodes: [node],
    constants: new Map(),
  };
}

/** The codes of what inference finds, warnings included. */
export function codesOfBareNode(node: BareNode): readonly string[] {
  const { diagnostics } = infer(graphOfBareNode(node));
  return diagnostics.filter((item) => item.node !== undefined).map(({ code }) => code);
}

/** Whether the node is refused for its signature. */
export function isRefused(node: BareNode): boolean {
  return codesOfBareNode(node).some((code) => signatureCodes.includes(code));
}

const utf8 = new TextEncoder();

/** An attribute of the kind that ONNX calls so; undefined for graphs, types and sparse tensors. */
export function attributeOfKind(kind: string, value: unknown): Attribute | undefined {
  switch (kind) {
    case 'int':
      return { kind, value: BigInt(value as number) };
    case 'ints':
      return { kind, value: (value as number[]).map(BigInt) };
    case 'float':
      return { kind, value: value as number };
    case 'floats':
      return { kind, value: value as number[] };
    case 'string':
      return { kind, value: utf8.encode(value as string) };
    case 'strings':
      return { kind, value: (value as string[]).map((item) => utf8.encode(item)) };
    default:
      return undefined;
  }
}
