/** The order in which the nodes of a graph are lowered. */
import type { Node, Value } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { inputsOf } from '../ir/uses.js';
import type { LoweringContext } from './context/context.js';
import { isChained } from './elementwise/chain.js';

/** What exporters make scales and biases with. */
const parameterOperators: ReadonlySet<string> = new Set(['Mul', 'Div', 'Reshape', 'Squeeze', 'Unsqueeze']);

/** Elements of a parameter at most: one for each channel, not an image. */
const mostElements = 4096;

/**
 * The graph's order, except that parameters of an elementwise chain, such as products of scales, come before the node that
 * the chain begins with, where their own inputs are made by then. So a convolution finds all that its epilogue reads.
 */
export function loweringOrder(context: LoweringContext): Node[] {
  const order = new Order(context);
  for (const node of context.graph.nodes) if (isChained(node)) order.addToChain(node);
  return order.nodes();
}

class Order {
  /** By chained node, the node that its chain begins with, as far as sizes and the order of nodes tell. */
  private readonly heads = new Map<Node, Node>();
  private readonly moved = new Set<Node>();
  private readonly movedBefore = new Map<Node, Node[]>();

  constructor(private readonly context: LoweringContext) {}

  /** Nodes have to come in the graph's order. */
  addToChain(node: Node): void {
    const { values, uses } = this.context;
    const size = values.dims(node.outputs[0])?.join();
    const isWhole = (value: Value) => values.dims(value)?.join() === size;
    const inputs = [...inputsOf(node)].flatMap((value) => {
      const producer = uses.producer(value);
      return producer === undefined || this.moved.has(producer) ? [] : [{ value, producer }];
    });
    let head: Node | undefined;
    for (const { value, producer } of inputs) {
      if (!isWhole(value)) continue;
      const begin = this.heads.get(producer) ?? producer;
      if (head === undefined || this.isBefore(head, begin)) head = begin;
    }
    if (head === undefined) {
      this.heads.set(node, node);
      return;
    }
    const late = inputs.filter(({ value, producer }) => !isWhole(value) && !this.isBefore(producer, head));
    const canMove = late.every(
      ({ value, producer }) => this.isParameter(producer, value, node) && this.isComputableBefore(producer, head),
    );
    // Without all that it reads, the node cannot join: it begins another chain.
    this.heads.set(node, canMove ? head : node);
    if (!canMove) return;
    for (const { producer } of late) this.moved.add(producer);
    this.movedBefore.set(head, [
      ...(this.movedBefore.get(head) ?? []),
      ...new Set(late.map(({ producer }) => producer)),
    ]);
  }

  nodes(): Node[] {
    return this.context.graph.nodes.flatMap((node) =>
      this.moved.has(node) ? [] : [...(this.movedBefore.get(node) ?? []), node],
    );
  }

  private isBefore(a: Node, b: Node): boolean {
    return this.context.uses.position(a) < this.context.uses.position(b);
  }

  private isComputableBefore(node: Node, head: Node): boolean {
    const { uses } = this.context;
    return [...inputsOf(node)].every((input) => {
      const producer = uses.producer(input);
      return producer === undefined || this.isBefore(producer, head);
    });
  }

  /** Whether `producer` makes a small operand of a larger result of `reader`. */
  private isParameter(producer: Node, value: Value, reader: Node): boolean {
    const { values } = this.context;
    const [dims, whole] = [values.floatDims(value), values.dims(reader.outputs[0])];
    if (dims === undefined || whole === undefined || !parameterOperators.has(producer.opType)) return false;
    return elementCount(dims) <= mostElements && elementCount(dims) < elementCount(whole);
  }
}
