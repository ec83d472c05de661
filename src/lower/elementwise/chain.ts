/**
 * Elementwise nodes that become one tree: the epilogue of a convolution or product, or a loop of their own. A chain ends with
 * the only one of its values that nodes outside of it read.
 */
import type { ElementType } from '../../ir/element-type.js';
import type { Node, Value } from '../../ir/graph.js';
import { constant, cost, type Elementwise, input } from '../../wasm/kernels/elementwise-expression.js';
import { makesBytes } from '../context/bytes.js';
import type { LoweringContext } from '../context/context.js';
import { isNarrowFloat, isSmallInteger } from '../context/representable-types.js';
import { castTree, keepsNumbers } from './cast.js';
import { expressionOf, isElementwise } from './expression.js';
import { bytesPutOff, isQuantization, isReadAsBytes, quantizationTree } from './quantized-part.js';

export interface Chain {
  readonly tree: Elementwise;
  /** The tree's inputs, in order. Input 0 of an epilogue is the sum, which is no value: it is undefined here. */
  readonly inputs: readonly (Value | undefined)[];
  readonly nodes: readonly Node[];
  readonly output: Value;
}

export interface ChainOptions {
  /** Whether kernels can read a value of these dims as an input of the tree. */
  readonly accepts: (value: Value, dims: readonly number[]) => boolean;
  readonly maxInputs: number;
  /** Whether bytes that are to be dequantized, and nothing has yet asked for as floats, are read as they are. */
  readonly dequantizes?: boolean;
  /** What the chain begins with where that is not the sum itself. */
  readonly start?: ChainStart | undefined;
}

export interface ChainStart {
  readonly tree: Elementwise;
  /** Inputs 1 and on of the tree. */
  readonly inputs: readonly Value[];
}

/** Operators that may read integers: what they compute is the same on the float32 of the arena. */
export const integerOperators: ReadonlySet<string> = new Set([
  'Identity',
  'Clip',
  'Relu',
  'Max',
  'Min',
  'Equal',
  'Greater',
  'GreaterOrEqual',
  'Less',
  'LessOrEqual',
  'Where',
  'QuantizeLinear',
  'DequantizeLinear',
]);

const longestChain = 32;
const largestCost = 300;

/** Whether a chain can have such a node. */
export function isChained(node: Node): boolean {
  return isElementwise(node) || isQuantization(node);
}

/** The longest chain that begins with `sum`; undefined where no node follows that fits. */
export function epilogueOf(context: LoweringContext, sum: Value, options: ChainOptions): Chain | undefined {
  const builder = new ChainBuilder(context, context.values.dims(sum)!, options);
  builder.start(sum);
  return builder.grow();
}

/** The longest chain that begins with `node`. */
export function chainFrom(context: LoweringContext, node: Node, options: ChainOptions): Chain | undefined {
  const builder = new ChainBuilder(context, context.values.dims(node.outputs[0])!, options);
  return builder.absorb(node) ? builder.grow() : undefined;
}

class ChainBuilder {
  private readonly trees = new Map<Value, Elementwise>();
  private readonly inputs: (Value | undefined)[] = [];
  private readonly nodes: Node[] = [];
  private best: Chain | undefined;
  /** The one before the best. */
  private before: Chain | undefined;

  constructor(
    private readonly context: LoweringContext,
    private readonly dims: readonly number[],
    private readonly options: ChainOptions,
  ) {}

  start(sum: Value): void {
    const { start } = this.options;
    this.trees.set(sum, start?.tree ?? input(0));
    this.inputs.push(undefined, ...(start?.inputs ?? []));
    if (start === undefined || start.tree.kind === 'input') return;
    this.best = { tree: start.tree, inputs: [...this.inputs], nodes: [], output: sum };
  }

  grow(): Chain | undefined {
    const refused = new Set<Node>();
    while (this.nodes.length < longestChain) {
      const next = this.frontier(refused)[0];
      if (next === undefined) break;
      if (!this.absorb(next)) refused.add(next);
    }
    return this.bytesBefore() ?? this.best;
  }

  /**
   * The chain before a DequantizeLinear that it ends with, where that reads bytes and whoever reads its result can dequantize for
   * itself: bytes are a quarter of what floats are.
   */
  private bytesBefore(): Chain | undefined {
    const { best, before, context } = this;
    if (best === undefined || before === undefined || !makesBytes(context, before.output)) return undefined;
    const last = best.nodes.at(-1);
    const isDequantized = last?.opType === 'DequantizeLinear' && isQuantization(last);
    const readers = context.uses.readers(best.output);
    const isLeft = isDequantized && last.inputs[0] === before.output && !context.uses.isReturned(best.output);
    return isLeft && readers.length > 0 && readers.every(isChained) ? before : undefined;
  }

  /** Nodes that read a value of the chain and could join it, in the graph's order. */
  private frontier(refused: ReadonlySet<Node>): Node[] {
    const found = new Set<Node>();
    for (const value of this.trees.keys()) {
      for (const reader of this.context.uses.readers(value)) {
        if (!this.nodes.includes(reader) && !refused.has(reader) && !this.context.done.has(reader)) found.add(reader);
      }
    }
    return [...found].sort((a, b) => this.context.uses.position(a) - this.context.uses.position(b));
  }

  /** Takes a node in when all its inputs can be read; remembers the chain when it could end here. */
  absorb(node: Node): boolean {
    const output = node.outputs[0];
    if (output === undefined || !isChained(node) || isReadAsBytes(this.context, node)) return false;
    const dims = this.context.values.dims(output);
    const type = this.context.values.elementType(output);
    if (!this.isRepresentable(node, type)) return false;
    if (dims === undefined || dims.length !== this.dims.length || dims.some((dim, i) => dim !== this.dims[i]))
      return false;
    const before = this.inputs.length;
    const tree = this.treeOfNode(node);
    if (tree === undefined || cost(tree) > largestCost) {
      this.inputs.length = before;
      return false;
    }
    this.trees.set(output, tree);
    this.nodes.push(node);
    if (this.isClosed(output)) {
      this.before = this.best;
      this.best = { tree, inputs: [...this.inputs], nodes: [...this.nodes], output };
    }
    return true;
  }

  /** Whether float32 arithmetic gives the node's numbers: of floats, or of small integers where the operator keeps them. */
  private isRepresentable(node: Node, type: ElementType | undefined): boolean {
    if (node.opType === 'Cast') return keepsNumbers(this.context, node);
    const isFloat = type === 'float32' || type === 'bool';
    if (!isFloat && !isSmallInteger(type) && !isNarrowFloat(type)) return false;
    if (integerOperators.has(node.opType)) return true;
    const readsIntegers = node.inputs.some((value) => {
      if (value === undefined || this.context.values.constant(value) !== undefined) return false;
      const own = this.context.values.elementType(value);
      return own !== 'float32' && own !== 'bool';
    });
    return isFloat && !readsIntegers;
  }

  private treeOfNode(node: Node): Elementwise | undefined {
    if (isQuantization(node)) {
      return quantizationTree(this.context, node, this.dims.length, (value) => this.treeOf(value));
    }
    const trees = node.inputs.map((value) => value && this.treeOf(value));
    if (node.opType === 'Cast') return trees[0] && castTree(this.context, node, trees[0]);
    const isReadable = node.inputs.every((value, i) => value === undefined || trees[i] !== undefined);
    return isReadable ? expressionOf(node, trees) : undefined;
  }

  private treeOf(value: Value): Elementwise | undefined {
    const made = this.trees.get(value);
    if (made !== undefined) return made;
    const known = this.inputs.indexOf(value);
    if (known >= 0) return input(known);
    const dims = this.context.values.dims(value);
    if (dims === undefined) return undefined;
    if (dims.every((dim) => dim === 1) && dims.length <= this.dims.length) {
      const numbers = this.context.values.numbers(value);
      if (numbers !== undefined) return constant(Math.fround(numbers[0]!));
    }
    if (this.options.dequantizes && bytesPutOff(this.context, value) !== undefined)
      return this.treeOfNode(this.context.uses.producer(value)!);
    if (this.context.tensors.representableDims(value) === undefined) return undefined;
    if (this.inputs.length >= this.options.maxInputs || !this.options.accepts(value, dims)) return undefined;
    if (!this.context.tensors.isReady(value)) return undefined;
    this.inputs.push(value);
    return input(this.inputs.length - 1);
  }

  /** Whether nodes outside of the chain read nothing of it but `output`. */
  private isClosed(output: Value): boolean {
    for (const value of this.trees.keys()) {
      if (value === output) continue;
      if (this.context.uses.isReturned(value)) return false;
      if (!this.context.uses.readers(value).every((reader) => this.nodes.includes(reader))) return false;
    }
    return true;
  }
}
