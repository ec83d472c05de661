/** The pads of a Pad node, where they are known before a run. */
import type { Inference } from '../infer/infer.js';
import type { Node, Value } from '../ir/graph.js';
import { constantsOf } from '../ir/quantity.js';
import { boundAs } from '../ops/bind.js';
import { padded, padsAt } from '../ops/movement/pad.js';

/** Begins of all axes, then their ends. */
export function constantPads(pad: Node, rank: number, inference: Inference): readonly number[] | undefined {
  const bound = boundAs(padded.Pad, pad);
  // What is put there does not matter.
  return (
    bound &&
    padsAt(bound, pad.inputs, new Array<number>(rank).fill(0), (i) =>
      i === 2 ? [0] : numbersOf(pad.inputs[i], inference),
    )?.pads
  );
}

/** Whether what it adds is zero. */
export function padsWithZero(pad: Node, inference: Inference): boolean {
  const bound = boundAs(padded.Pad, pad);
  if (bound?.attributes.mode !== 'constant') return false;
  if (bound.version < 11) return bound.attributes.value === 0;
  const { constant_value: added } = bound.inputs;
  return added === undefined || numbersOf(added, inference)?.every((value) => value === 0) === true;
}

function numbersOf(value: Value | undefined, inference: Inference): readonly number[] | undefined {
  const known = value && inference.known.get(value);
  return known && constantsOf(known);
}
