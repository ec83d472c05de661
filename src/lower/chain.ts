/**
 * Elementwise nodes that become one tree: behind a convolution they are its epilogue, elsewhere a loop of their own. A
 * chain ends where a value is left that others read as well.
 */
import type { Node, Value } from '../ir/graph.js';
import { constant, cost, type Elementwise, input } from '../wasm/kernels/elementwise-expression.js';
import type { LoweringContext } from './context.js';
import { expressionOf, isElementwise } from './expression.js';

export interface Chain {
  readonly tree: Elementwise;
  /** What the tree's inputs are, in order. Of an epilogue input 0 is the sum, and undefined here. */
  readonly inputs: readonly (Value | undefined)[];
  readonly nodes: readonly Node[];
  readonly output: Value;
}

export interface ChainOptions {
  /** Whether a value of these dims can be read beside an output of the chain's dims. */
  readonly accepts: (value: Value, dims: readonly number[]) => boolean;
  readonly maxInputs: number;
}

const longestChain = 32;
const largestCost = 300;

/** The epilogue of what makes `sum`; undefined where nothing follows that fits. */
export function epilogueOf(context: LoweringContext, sum: Value, options: ChainOptions): Chain | undefined {
  const builder = new ChainBuilder(context, context.dims(sum)!, options);
  builder.start(sum);
  return builder.grow();
}

/** The longest chain that begins with `node`. */
export function chainFrom(context: LoweringContext, node: Node, options: ChainOptions): Chain | undefined {
  const builder = new ChainBuilder(context, context.dims(node.outputs[0])!, options);
  return builder.absorb(node) ? builder.grow() : undefined;
}

class ChainBuilder {
  private readonly trees = new Map<Value, Elementwise>();
  private readonly inputs: (Value | undefined)[] = [];
  private readonly nodes: Node[] = [];
  private best: Chain | undefined;

  constructor(
    private readonly context: LoweringContext,
    private readonly dims: readonly number[],
    private readonly options: ChainOptions,
  ) {}

  start(sum: Value): void {
    this.trees.set(sum, input(0));
    this.inputs.push(undefined);
  }

  grow(): Chain | undefined {
    const refused = new Set<Node>();
    while (this.nodes.length < longestChain) {
      const next = this.frontier(refused)[0];
      if (next === undefined) break;
      if (!this.absorb(next)) refused.add(next);
    }
    return this.best;
  }

  /** The nodes that read what the chain makes, in the graph's order. */
  private frontier(refused: ReadonlySet<Node>): Node[] {
    const found = new Set<Node>();
    for (const value of this.trees.keys()) {
      for (const reader of this.context.readersOf(value)) {
        if (!this.nodes.includes(reader) && !refused.has(reader) && !this.context.done.has(reader)) found.add(reader);
      }
    }
    return [...found].sort((a, b) => this.context.position(a) - this.context.position(b));
  }

  /** Takes a node in when all its inputs can be read; remembers the chain when it could end here. */
  absorb(node: Node): boolean {
    const output = node.outputs[0];
    if (output === undefined || !isElementwise(node)) return false;
    const dims = this.context.dims(output);
    const type = this.context.elementType(output);
    if (type !== 'float32' && type !== 'bool') return false;
    if (dims === undefined || dims.length !== this.dims.length || dims.some((dim, i) => dim !== this.dims[i]))
      return false;
    const before = this.inputs.length;
    const trees = node.inputs.map((value) => value && this.treeOf(value));
    const isReadable = node.inputs.every((value, i) => value === undefined || trees[i] !== undefined);
    const tree = isReadable ? expressionOf(node, trees) : undefined;
    if (tree === undefined || cost(tree) > largestCost) {
      this.inputs.length = before;
      return false;
    }
    this.trees.set(output, tree);
    this.nodes.push(node);
    // What a bool would be in memory is not what the tree makes.
    if (type === 'float32' && this.isClosed(output)) {
      this.best = { tree, inputs: [...this.inputs], nodes: [...this.nodes], output };
    }
    return true;
  }

  private treeOf(value: Value): Elementwise | undefined {
    const made = this.trees.get(value);
    if (made !== undefined) return made;
    const known = this.inputs.indexOf(value);
    if (known >= 0) return input(known);
    const dims = this.context.dims(value);
    if (dims === undefined) return undefined;
    if (dims.every((dim) => dim === 1) && dims.length <= this.dims.length) {
      const numbers = this.context.numbers(value);
      if (numbers !== undefined) return constant(Math.fround(numbers[0]!));
    }
    if (this.context.floatDims(value) === undefined || !this.context.isReady(value)) return undefined;
    if (this.inputs.length >= this.options.maxInputs || !this.options.accepts(value, dims)) return undefined;
    this.inputs.push(value);
    return input(this.inputs.length - 1);
  }

  /** Whether nothing but `output` is read outside of the chain. */
  private isClosed(output: Value): boolean {
    for (const value of this.trees.keys()) {
      if (value === output) continue;
      if (this.context.isReturned(value)) return false;
      if (!this.context.readersOf(value).every((reader) => this.nodes.includes(reader))) return false;
    }
    return true;
  }
}
