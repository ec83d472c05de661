/** What a rule of inference is shown of a node by itself: the types of its inputs, and what a test adds. */
import { symbol, unknownInteger } from '../../src/ir/dim.js';
import { type Attribute, emptyMetadata, type Node, Value } from '../../src/ir/graph.js';
import type { TensorType } from '../../src/ir/shape.js';
import type { InferContext } from '../../src/ops/infer-context.js';

export type Unbound = Omit<InferContext<unknown>, 'version' | 'attributes'>;

/** @param more what is known beyond types, which is nothing otherwise */
export function bareContext(inputs: readonly (TensorType | undefined)[], more: Partial<Unbound> = {}): Unbound {
  return {
    inputs,
    outputCount: 1,
    shape: (i) => inputs[i]?.shape,
    elementType: (i) => inputs[i]?.elementType,
    known: () => undefined,
    partlyKnown: () => undefined,
    withUnknowns: () => undefined,
    pooledShape: () => undefined,
    flattenedShape: () => undefined,
    quotient: () => undefined,
    unknownElement: () => unknownInteger('?', 'a test'),
    unify: (a) => a,
    atLeast: (dim) => dim,
    isNonNegative: () => false,
    isNeverNegative: () => false,
    fresh: (reason) => symbol(reason),
    warn: () => {},
    inferGraph: () => [],
    graphOutputs: () => [],
    ...more,
  };
}

/** A node with `count` inputs x0, x1, … and the output y. */
export function bareNode(
  opType: string,
  opset: number,
  count: number,
  attributes: Iterable<readonly [string, Attribute]>,
): Node {
  return {
    name: 'node',
    domain: '',
    opType,
    opset,
    inputs: Array.from({ length: count }, (_, i) => new Value(`x${i}`)),
    outputs: [new Value('y')],
    attributes: new Map(attributes),
    metadata: emptyMetadata,
    index: 0,
  };
}
