/** How the axes of a node's outputs follow those of its inputs. */
import { quoted } from '../../diagnostics.js';
import type { Node, Value } from '../../ir/graph.js';
import type { AxisStates } from './axis-states.js';
import { type AxisState, type Following, uniform } from './common-scales.js';
import { timesRatio, zoomOf } from './reads.js';
import { unify } from './relative-scale.js';
import type { AxisSource, OperatorReads, OutputReads } from './rule.js';

/** The states of an output's axes, or in words why they cannot be followed. @param names of the picture's axes */
export function outputStates(
  known: AxisStates,
  names: readonly string[],
  node: Node,
  operator: OperatorReads,
  axes: OutputReads,
): readonly AxisState[] | string {
  const unread = unreadAxes(known, node, axes);
  if (unread.length > 0) {
    const lost = unread.map((picture) => names[picture]);
    return `${operator.whole} the ${lost.join(' and ')}`;
  }
  const states: AxisState[] = [];
  for (const sources of axes) {
    const state = joined(known, names, node, sources);
    if (typeof state === 'string') return state;
    states.push(state);
  }
  return states;
}

/** Picture axes that no axis of the output follows. */
function unreadAxes(known: AxisStates, node: Node, axes: OutputReads): readonly number[] {
  const unread = new Set<number>();
  for (const [input, value] of node.inputs.entries()) {
    for (const [axis, state] of (value && known.states.get(value))?.entries() ?? []) {
      if (state?.kind !== 'following') continue;
      const isRead = axes.some((sources) => sources.some((item) => item.input === input && item.axis === axis));
      if (!isRead) unread.add(state.picture);
    }
  }
  return [...unread].sort();
}

function joined(
  known: AxisStates,
  names: readonly string[],
  node: Node,
  sources: readonly AxisSource[],
): AxisState | string {
  let state: Following | undefined;
  for (const source of sources) {
    const found = known.stateOf(node, source);
    if (found?.kind !== 'following') continue;
    const scale = { root: found.scale.root, ratio: timesRatio(found.scale.ratio, zoomOf(source.reads)) };
    if (state === undefined) state = { kind: 'following', picture: found.picture, scale };
    else if (state.picture !== found.picture) {
      return `joins the ${names[state.picture]} with the ${names[found.picture]}`;
    } else if (!unify(state.scale, scale)) return 'joins values of different strides';
  }
  const others = sources.filter((source) => known.stateOf(node, source)?.kind !== 'following');
  if (state === undefined)
    return others.some((source) => known.stateOf(node, source) === uniform) ? uniform : undefined;
  const placed = others.find((source) => known.stateOf(node, source) === undefined && known.dimOf(node, source) !== 1);
  if (placed === undefined) return state;
  return `takes ${quoted(node.inputs[placed.input]?.name ?? '')}, which has elements of its own for each position of the ${names[state.picture]}`;
}

/**
 * Lets the analysis go on after a node that cannot be followed: its output is taken to follow the picture's axes where it
 * has their sizes.
 */
export function guessOutput(known: AxisStates, node: Node, output: Value): void {
  const shape = known.shapeOf(output);
  const data = node.inputs.find((value) => known.isFollowing(value));
  const from = data && known.shapeOf(data);
  const states = data && known.states.get(data);
  if (shape === undefined || from === undefined || states === undefined) return;
  const isKept = (axis: number) => states[axis] === undefined || shape[axis] === from[axis] || shape[axis] === 1;
  if (shape.length === from.length && states.every((_, axis) => isKept(axis))) {
    known.states.set(
      output,
      states.map((state, axis) => (shape[axis] === from[axis] ? state : undefined)),
    );
  } else if (states.some((state, axis) => state?.kind === 'following' && (shape[axis] ?? 1) !== 1)) {
    known.dependences.set(output, 'unknown');
  }
}
