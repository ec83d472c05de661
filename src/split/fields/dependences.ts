/** Nodes that read nothing of the picture but its size, or what follows from that. */
import { ProblemError } from '../../diagnostics.js';
import type { Node, Value } from '../../ir/graph.js';
import { attributesOf } from '../../ops/bind.js';
import { shapes } from '../../ops/movement/shape.js';
import type { AxisStates, Dependence } from './axis-states.js';
import { uniform } from './common-scales.js';
import { countedAxis } from './elementwise.js';
import { operatorReads } from './operators.js';
import { NoReads, ruleContext } from './rule.js';

/** Records what the outputs of a node depend on that reads no value with the picture's axes. */
export function passOnDependence(known: AxisStates, node: Node, read: readonly (Value | undefined)[]): void {
  const dependence = dependenceOf(known, node, read);
  if (dependence === undefined) return;
  const isFilled = node.opType === 'ConstantOfShape' && dependence === 'size';
  for (const output of node.outputs) {
    if (output === undefined) continue;
    if (isFilled) known.states.set(output, new Array(known.shapeOf(output)?.length ?? 0).fill(uniform));
    else if (dependence === 'size' && expandsUniformly(known, node, output)) continue;
    else known.dependences.set(output, dependence);
  }
}

/** A Shape depends on the picture only in the entries for the picture's axes. */
export function dependOnSizes(known: AxisStates, node: Node): void {
  const [data] = node.inputs;
  const states = known.states.get(data!)!;
  const rank = states.length;
  const clamped = (axis: number) => Math.max(0, Math.min(rank, countedAxis(axis, rank)));
  const part = attributesOf(shapes.Shape, node);
  const read = part === undefined ? states : states.slice(clamped(part.start), clamped(part.end ?? rank));
  const isAffected = read.some((state) => state !== undefined);
  for (const output of node.outputs) if (output !== undefined && isAffected) known.dependences.set(output, 'size');
}

function dependenceOf(known: AxisStates, node: Node, read: readonly (Value | undefined)[]): Dependence | undefined {
  if (known.inference.operators.get(node)?.operator.isDeterministic === false) return 'random';
  for (const value of read) {
    const found = value && known.dependences.get(value);
    if (found !== undefined) return found;
  }
  // Results of uniform tensors are uniform, and positions do not matter in them.
  const isUniform = read.some((value) => value !== undefined && known.states.get(value)?.includes(uniform));
  return isUniform ? uniformResult(known, node) : undefined;
}

/**
 * For nodes that read uniform tensors and constants: elementwise results stay uniform along these axes, others are
 * not followed.
 */
function uniformResult(known: AxisStates, node: Node): Dependence | undefined {
  const operator = operatorReads.get(node.opType);
  if (operator === undefined || node.domain !== '') return 'unknown';
  try {
    operator.rule(ruleContext(node, known.inference)).forEach((axes, i) => {
      const output = node.outputs[i];
      if (output === undefined) return;
      known.states.set(
        output,
        axes.map((sources) =>
          sources.some((source) => known.stateOf(node, source) === uniform) ? uniform : undefined,
        ),
      );
    });
    return undefined;
  } catch (error) {
    if (error instanceof NoReads || error instanceof ProblemError) return 'unknown';
    throw error;
  }
}

/**
 * Whether the node is an Expand of a value that does not depend on the picture; the result is uniform along the axes
 * that it repeats.
 */
function expandsUniformly(known: AxisStates, node: Node, output: Value): boolean {
  const [data] = node.inputs;
  if (node.opType !== 'Expand' || data === undefined || known.dependences.has(data)) return false;
  const [from, to] = [known.shapeOf(data), known.shapeOf(output)];
  if (from === undefined || to === undefined) return false;
  known.states.set(
    output,
    to.map((dim, axis) => {
      const source = from[axis - (to.length - from.length)];
      return source === undefined || (source === 1 && dim !== 1) ? uniform : undefined;
    }),
  );
  return true;
}
