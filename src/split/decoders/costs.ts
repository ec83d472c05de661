/** What parts of a network cost: parameters, multiplications, bytes of values. */
import type { Inference } from '../../infer/infer.js';
import { add, type Dim, mul, unlessTooComplex } from '../../ir/dim.js';
import { elementCountOf } from '../../ir/element-count-of.js';
import { elementTypeFacts } from '../../ir/element-type.js';
import { type Constant, type Graph, type Node, subgraphsOf, type Value } from '../../ir/graph.js';
import { elementCount } from '../../ir/tensor.js';
import { attributesOf } from '../../ops/bind.js';
import { constants } from '../../ops/creation/constant.js';

export interface Costs {
  readonly nodes: number;
  /** Number of elements of weights. 64-bit integers (indices), booleans and strings are not counted. */
  readonly parameters: number;
  /** Multiply-accumulate operations; undefined where they are unknown. */
  readonly macs: Dim | undefined;
}

/** The costs of these nodes, including their subgraphs. */
export function costsOf(graph: Graph, nodes: readonly Node[], inference: Inference): Costs {
  const counted = new Set<Constant>();
  const macs: (Dim | undefined)[] = [];
  let parameters = 0;
  let count = 0;
  const take = (constant: Constant | undefined) => {
    if (constant === undefined || counted.has(constant)) return;
    counted.add(constant);
    const { type, dims } = constant;
    if (type !== 'int64' && type !== 'bool' && type !== 'string') parameters += elementCount(dims);
  };
  const visit = (node: Node, scopes: readonly Graph[]) => {
    count++;
    macs.push(macsOf(node, inference));
    for (const input of node.inputs) {
      if (input !== undefined) for (const scope of scopes) take(scope.constants.get(input));
    }
    take(attributesOf(constants.Constant, node)?.value);
    for (const { graph: inner } of subgraphsOf(node)) for (const item of inner.nodes) visit(item, [inner, ...scopes]);
  };
  for (const node of nodes) visit(node, [graph]);
  return { nodes: count, parameters, macs: sumOf(macs) };
}

function macsOf(node: Node, { operators, types }: Inference): Dim | undefined {
  const bound = operators.get(node);
  if (bound === undefined) return undefined;
  if (!bound.operator.countsMacs) return 0;
  const shapes = (values: readonly (Value | undefined)[]) => values.map((value) => value && types.get(value)?.shape);
  const inputs = shapes(node.inputs);
  const outputs = shapes(node.outputs);
  if (inputs.some((shape, i) => shape === undefined && node.inputs[i] !== undefined)) return undefined;
  if (outputs.some((shape, i) => shape === undefined && node.outputs[i] !== undefined)) return undefined;
  return unlessTooComplex(() => bound.macs({ inputs, outputs }));
}

/** Bytes of a tensor in memory, where an element takes at least one byte. */
export function bytesOf(value: Value, { types }: Pick<Inference, 'types'>): Dim | undefined {
  const { elementType, shape } = types.get(value) ?? {};
  if (elementType === undefined || shape === undefined) return undefined;
  const { bits } = elementTypeFacts(elementType);
  return bits === 0 ? undefined : unlessTooComplex(() => mul(elementCountOf(shape), Math.ceil(bits / 8)));
}

export function sumOf(dims: readonly (Dim | undefined)[]): Dim | undefined {
  return dims.every((dim) => dim !== undefined) ? unlessTooComplex(() => add(...dims)) : undefined;
}
