/** Nodes whose inputs must have equal sizes, and do not. */
import type { Node, Value } from '../ir/graph.js';
import { attributesOf } from '../ops/bind.js';
import { concat } from '../ops/movement/concat.js';
import { type SizeChain, traceSize } from './size-chain.js';
import type { SizedGraph } from './view.js';

/** One input of a misfit along one of its axes. */
export interface Side {
  /** Index of the input. */
  readonly input: number;
  readonly value: Value;
  /** Counted from the front. */
  readonly axis: number;
  readonly size: number;
  readonly chain: SizeChain;
}

export interface Misfit {
  readonly node: Node;
  /** For each axis that does not fit, its sides in the order of the inputs. */
  readonly axes: readonly (readonly Side[])[];
}

const broadcasting = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Mod', 'PRelu', 'Max', 'Min', 'Mean', 'Sum', 'Where'],
  ...['And', 'Or', 'Xor', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'],
]);

/**
 * The misfit of a node whose inputs disagree along axes that pooling, convolution or upsampling produced; undefined if
 * they agree, or differ in anything else, such as channels.
 */
export function misfitAt(view: SizedGraph, node: Node): Misfit | undefined {
  const inputs = joinedInputs(node);
  const shapes = inputs.map((i) => view.shape(node.inputs[i]));
  if (shapes.length < 2 || shapes.some((shape) => shape === undefined)) return undefined;
  const ranks = shapes.map((shape) => shape!.length);
  const rank = Math.max(...ranks);
  const axes: Side[][] = [];
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    if (isJoined(node, rank - fromEnd, rank)) continue;
    const sides = inputs.flatMap((input, i): Side[] => {
      const axis = ranks[i]! - fromEnd;
      const size = axis < 0 ? undefined : shapes[i]![axis];
      if (typeof size !== 'number' || (size === 1 && broadcasting.has(node.opType))) return [];
      const value = node.inputs[input]!;
      return [{ input, value, axis, size, chain: traceSize(view, value, axis) }];
    });
    if (new Set(sides.map(({ size }) => size)).size < 2) continue;
    if (sides.every(({ chain }) => chain.steps.length === 0)) return undefined;
    axes.unshift(sides);
  }
  return axes.length === 0 ? undefined : { node, axes };
}

function joinedInputs({ opType, inputs }: Node): number[] {
  const present = [...inputs.keys()].filter((i) => inputs[i] !== undefined);
  if (opType === 'Concat' || broadcasting.has(opType)) return present;
  return opType === 'MaxUnpool' ? present.filter((i) => i < 2) : [];
}

/** Whether the node is a Concat along this axis. */
function isJoined(node: Node, axis: number, rank: number): boolean {
  const attributes = attributesOf(concat.Concat, node);
  if (attributes === undefined) return false;
  const joined = attributes.axis ?? 1;
  return (joined < 0 ? joined + rank : joined) === axis;
}
