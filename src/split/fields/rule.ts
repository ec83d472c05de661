/** What an operator's outputs read of its inputs, axis by axis. */
import type { Inference } from '../../infer/infer.js';
import type { Dim } from '../../ir/dim.js';
import type { Node, Value } from '../../ir/graph.js';
import { constantsOf } from '../../ir/quantity.js';
import type { Shape } from '../../ir/shape.js';
import type { AttributeSpecs } from '../../ops/attributes.js';
import { bind, isOf } from '../../ops/bind.js';
import type { BoundOperator, OperatorSchema } from '../../ops/operator.js';
import type { Formals } from '../../ops/signature.js';
import type { AxisReads } from './reads.js';

/** A rule's view of its node. */
export interface RuleContext {
  readonly node: Node;
  /**
   * The node bound to the operator, with the attributes of its version.
   * @throws ProblemError if the attributes are invalid, NoReads if the node has another operator or one that is not
   * loaded
   */
  bound<S extends AttributeSpecs, I extends Formals, O extends Formals>(
    operator: OperatorSchema<S, string, I, O>,
  ): BoundOperator<S, I, O>;
  /** The shape of input `i`. @throws NoReads where the rank is not known */
  shape(i: number): Shape;
  /** The shape of output `i`. @throws NoReads where the rank is not known */
  outputShape(i: number): Shape;
  /** The elements of input `i`, where they are known before running. */
  numbers(i: number): readonly number[] | undefined;
}

/** An axis of an input that positions of an output's axis read a part of. */
export interface AxisSource {
  readonly input: number;
  readonly axis: number;
  readonly reads: AxisReads;
}

/** One list for each axis of the output. An input axis that is in no list is read whole by every position. */
export type OutputReads = readonly (readonly AxisSource[])[];

export interface OperatorReads {
  /** Inputs that are shapes, axes, scales or bounds: their elements have to be known before running. */
  readonly parameters: readonly number[];
  /** Returns one entry for each output. @throws NoReads */
  readonly rule: (context: RuleContext) => readonly OutputReads[];
  /** The words for what the operator does with an axis that it reads whole: "averages over". */
  readonly whole: string;
}

/** An operator by its name. */
export type NamedReads = readonly [string, OperatorReads];

/** Reads of operators with one output. */
export function oneOutput(
  whole: string,
  rule: (context: RuleContext) => OutputReads,
  parameters: readonly number[] = [],
): OperatorReads {
  return { parameters, whole, rule: (context) => [rule(context)] };
}

/** The node's reads are unknown. The message completes "the node …". */
export class NoReads extends Error {
  override readonly name = 'NoReads';
}

/** The size that stands for open ones: it has every small divisor, and is large enough for any window. */
const usualSize = 2 ** 6 * 3 ** 3 * 5 * 7;

/** What a rule sees of the node. */
export function ruleContext(node: Node, { types, known }: Inference): RuleContext {
  const shape = (value: Value | undefined): Shape => {
    const found = value && types.get(value)?.shape;
    if (found === undefined) throw new NoReads('has values of unknown rank');
    return found;
  };
  return {
    node,
    bound: (operator) => {
      const bound = bind(node);
      if (bound === undefined || !isOf(operator, bound)) throw new NoReads('is of an operator that is not known');
      return bound;
    },
    shape: (i) => shape(node.inputs[i]),
    outputShape: (i) => shape(node.outputs[i]),
    numbers: (i) => {
      const value = node.inputs[i];
      const found = value && known.get(value);
      return found && constantsOf(found);
    },
  };
}

/** The size, or a usual one where it is open. */
export function sizeOf(dim: Dim): number {
  return typeof dim === 'number' ? dim : usualSize;
}
