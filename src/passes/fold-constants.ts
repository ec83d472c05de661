/**
 * Computes before the run what does not depend on its inputs: nodes whose inputs are all constants, and shape
 * arithmetic that inference has followed to numbers; in subgraphs, which may run many times, only the first of these.
 * Quantized weights stay with the DequantizeLinear that products read them through: they are a quarter of the bytes.
 */
import { formatNode, ProblemError } from '../diagnostics.js';
import { concreteTensor } from '../infer/evaluate.js';
import type { Inference } from '../infer/infer.js';
import { type ElementType, elementTypeFacts } from '../ir/element-type.js';
import {
  type Attribute,
  type Constant,
  constantFromTensor,
  type Graph,
  type Node,
  subgraphsOf,
  type Value,
} from '../ir/graph.js';
import { isConcrete, type TensorType } from '../ir/shape.js';
import { elementCount, type Tensor, zeros } from '../ir/tensor.js';
import { Uses } from '../ir/uses.js';
import { tensorBytes } from '../limits/bytes.js';
import { finish, type Steps } from '../limits/steps.js';
import { throwIfStopped } from '../limits/stop.js';
import { foldingBudget, type WorkBudget } from '../limits/work.js';
import { boundTo } from '../ops/bind.js';
import { hasReference } from '../ops/later-references.js';
import { type BoundOperator, noGraphs } from '../ops/operator.js';
import { RandomSource } from '../ops/random-source.js';
import { referenceWork } from '../ops/reference-work.js';
import type { Pass, PassOptions, PassResult } from './pass.js';

const defaultLimit = 1 << 20;

export const foldConstants: Pass = {
  name: 'fold-constants',
  readsTypes: true,
  run: (...args) => finish(steps(...args)),
  steps,
};

function* steps(
  graph: Graph,
  inference: Inference,
  { maxFoldedElements = defaultLimit, maxFoldedWork, signal }: PassOptions = {},
): Steps<PassResult> {
  const budget = foldingBudget(graph.constants.values(), maxFoldedWork);
  const folder = new Folder(inference, maxFoldedElements, budget, signal);
  const folded = yield* folder.fold(graph, new Map());
  return { graph: folded, notes: folder.notes };
}

class Folder {
  readonly notes: string[] = [];
  private readonly inference: Inference;
  private readonly limit: number;
  private readonly budget: WorkBudget;
  private readonly signal: AbortSignal | undefined;

  constructor(inference: Inference, limit: number, budget: WorkBudget, signal: AbortSignal | undefined) {
    this.inference = inference;
    this.limit = limit;
    this.budget = budget;
    this.signal = signal;
  }

  /** @param outer the constants around a subgraph */
  *fold(graph: Graph, outer: ReadonlyMap<Value, Constant>): Steps<Graph> {
    const constants = new Map(graph.constants);
    const all = outer.size === 0 ? constants : new Map([...outer, ...constants]);
    const isSubgraph = all !== constants;
    const uses = isSubgraph ? undefined : new Uses(graph);
    const nodes: Node[] = [];
    let isChanged = false;
    for (const original of graph.nodes) {
      throwIfStopped(this.signal);
      yield;
      const node = subgraphsOf(original).length === 0 ? original : yield* this.withFoldedSubgraphs(original, all);
      isChanged ||= node !== original;
      if (uses !== undefined && isWeight(node, uses) && constants.has(node.inputs[0]!)) {
        this.notes.push(`${formatNode(node)} stays: the weights are quantized`);
        nodes.push(node);
        continue;
      }
      const tensors = this.foldNode(node, all, isSubgraph);
      if (tensors === undefined) {
        nodes.push(node);
        continue;
      }
      node.outputs.forEach((output, i) => {
        const tensor = tensors[i];
        if (output === undefined || tensor === undefined) return;
        const constant = constantFromTensor(tensor);
        constants.set(output, constant);
        if (isSubgraph) all.set(output, constant);
      });
      isChanged = true;
      this.notes.push(`${formatNode(node)} is constant`);
    }
    return isChanged ? { ...graph, nodes, constants } : graph;
  }

  private *withFoldedSubgraphs(node: Node, outer: ReadonlyMap<Value, Constant>): Steps<Node> {
    const graphs = subgraphsOf(node);
    const folded = new Map<Graph, Graph>();
    for (const { graph } of graphs) folded.set(graph, yield* this.fold(graph, outer));
    if ([...folded].every(([before, after]) => before === after)) return node;
    const attributes = new Map<string, Attribute>();
    for (const [name, attribute] of node.attributes) {
      if (attribute.kind === 'graph') attributes.set(name, { kind: 'graph', value: folded.get(attribute.value)! });
      else if (attribute.kind === 'graphs')
        attributes.set(name, { kind: 'graphs', value: attribute.value.map((graph) => folded.get(graph)!) });
      else attributes.set(name, attribute);
    }
    return { ...node, attributes };
  }

  /** The node's outputs, or undefined when they are not constant. */
  private foldNode(
    node: Node,
    constants: ReadonlyMap<Value, Constant>,
    isSubgraph: boolean,
  ): readonly (Tensor | undefined)[] | undefined {
    const bound = this.inference.operators.get(node);
    if (bound === undefined || !bound.operator.isDeterministic || subgraphsOf(node).length > 0) return undefined;
    // Of most nodes this says that nothing is to be computed.
    const { types: typesNow, known: knownNow } = this.inference;
    const isOpen = node.inputs.some((input) => input !== undefined && !constants.has(input));
    const isUnknown = node.outputs.some(
      (output) => output !== undefined && !knownNow.has(output) && !isEmpty(typesNow.get(output)),
    );
    if (isOpen && isUnknown) return undefined;
    // Constants are tensors.
    if (node.outputs.some((output) => output && typesNow.get(output)?.sequence !== undefined)) return undefined;

    // What inference knows in a body that runs again may be of one of its runs.
    if (!isSubgraph) {
      const empty = node.outputs.map((output) => output && emptyTensor(this.inference.types.get(output)));
      if (empty.every((tensor, i) => tensor !== undefined || node.outputs[i] === undefined)) return empty;
      const known = node.outputs.map((output) => output && concreteTensor(this.inference.known.get(output)));
      if (known.every((tensor, i) => tensor !== undefined || node.outputs[i] === undefined)) return known;
    }
    const inputs = node.inputs.map((input) => input && constants.get(input));
    if (inputs.some((constant, i) => constant === undefined && node.inputs[i] !== undefined)) return undefined;
    if (!hasReference(bound.operator)) return undefined;
    if (this.growsTooMuch(node, inputs)) {
      this.notes.push(`${formatNode(node)} stays: its result would be larger than ${this.limit} elements`);
      return undefined;
    }
    if (!this.affords(node, bound)) {
      this.notes.push(`${formatNode(node)} stays: it takes more work, or memory, than is spent before the run`);
      return undefined;
    }
    try {
      return bound.reference({
        inputs: inputs.map((constant) => constant?.load()),
        outputCount: node.outputs.length,
        random: new RandomSource(0),
        runGraph: noGraphs,
      });
    } catch (error) {
      // The run will say the same with its place.
      if (error instanceof ProblemError) return undefined;
      throw error;
    }
  }

  private affords(node: Node, bound: BoundOperator): boolean {
    const typesOf = (values: Node['inputs']) => values.map((value) => value && this.inference.types.get(value));
    const outputs = typesOf(node.outputs);
    const work = referenceWork(bound, typesOf(node.inputs), outputs);
    const bytes = outputs.reduce((sum, type) => sum + bytesOfType(type), 0);
    return this.budget.take(work, bytes);
  }

  /** A large result is only kept where it is not larger than what it is made of. */
  private growsTooMuch(node: Node, inputs: readonly (Constant | undefined)[]): boolean {
    const read = inputs.reduce((sum, constant) => sum + (constant === undefined ? 0 : elementCount(constant.dims)), 0);
    let made = 0;
    for (const output of node.outputs) {
      const shape = output && this.inference.types.get(output)?.shape;
      if (output === undefined) continue;
      if (shape === undefined || !isConcrete(shape)) return false;
      made += elementCount(shape);
    }
    return made > Math.max(this.limit, read);
  }
}

/** A tensor of the type where it has no elements whatever is computed. */
function emptyTensor(type: TensorType | undefined): Tensor | undefined {
  return isEmpty(type) && elementTypeFacts(type.elementType).array !== undefined
    ? zeros(type.elementType, type.shape)
    : undefined;
}

function isEmpty(
  type: TensorType | undefined,
): type is TensorType & { readonly elementType: ElementType; readonly shape: readonly number[] } {
  const { shape, elementType } = type ?? {};
  return shape !== undefined && elementType !== undefined && isConcrete(shape) && elementCount(shape) === 0;
}

/** 0 for a shape that only computing tells: such results are not larger than what they are made of. */
function bytesOfType(type: TensorType | undefined): number {
  const { shape, elementType } = type ?? {};
  return shape === undefined || elementType === undefined || !isConcrete(shape) ? 0 : tensorBytes(elementType, shape);
}

const products: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/** Whether a node dequantizes what only products read, as weights or biases. */
function isWeight(node: Node, uses: Uses): boolean {
  const [output] = node.outputs;
  if (boundTo('DequantizeLinear', node) === undefined) return false;
  if (output === undefined || uses.isReturned(output)) return false;
  const readers = uses.readers(output);
  return (
    readers.length > 0 &&
    readers.every(({ domain, opType, inputs }) => domain === '' && products.has(opType) && inputs.indexOf(output) >= 1)
  );
}
