/** The pads of a Pad node, where they are known before a run. */
import type { Inference } from '../infer.js';
import type { Node } from '../ir/graph.js';
import { intsOf } from '../ir/node-attributes.js';
import { constantsOf } from '../ir/quantity.js';
import { spreadPads } from '../ops/movement/pad.js';

/** The operator set from which on Pad takes pads, value and axes as inputs; attributes of these names say nothing then. */
const inputsSince = 11;

/** Begins of all axes, then their ends. */
export function constantPads(pad: Node, rank: number, inference: Inference): readonly number[] | undefined {
  if (pad.opset < inputsSince) {
    const pads = intsOf(pad, 'pads');
    return pads && spreadPads(pads, undefined, rank, 0);
  }
  const pads = numbersAt(pad, 1, inference);
  const axes = numbersAt(pad, 3, inference);
  if (pads === undefined || (axes === undefined && pad.inputs[3] !== undefined)) return undefined;
  return spreadPads(pads, axes, rank, 0);
}

/** Whether what it adds in mode `constant` is zero. */
export function padsWithZero(pad: Node, inference: Inference): boolean {
  if (pad.opset < inputsSince) return Number(pad.attributes.get('value')?.value ?? 0) === 0;
  return pad.inputs[2] === undefined || numbersAt(pad, 2, inference)?.every((value) => value === 0) === true;
}

function numbersAt(node: Node, i: number, inference: Inference): readonly number[] | undefined {
  const known = node.inputs[i] && inference.known.get(node.inputs[i]);
  return known && constantsOf(known);
}
