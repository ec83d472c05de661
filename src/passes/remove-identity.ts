/** Nodes that hand their input on unchanged: readers take it from where it comes. */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Node, Value } from '../ir/graph.js';
import { constantsOf } from '../ir/quantity.js';
import { attributesOf } from '../ops/bind.js';
import { transposing } from '../ops/movement/transpose.js';
import { resize } from '../ops/resampling/resize.js';
import { constantPads } from './constant-pads.js';
import { rankOf } from './output-channels.js';
import { type Pass, visitNodes } from './pass.js';

export const removeIdentity: Pass = {
  name: 'remove-identity',
  readsTypes: true,
  keepsTypes: true,
  run: visitNodes((node, editor, inference) => {
    const [input] = node.inputs;
    const [output, ...others] = node.outputs;
    if (input === undefined || output === undefined || others.some((other) => other !== undefined)) return undefined;
    if (!changesNothing(node, inference)) return undefined;
    if (editor.isFixed(output)) return `${formatNode(node)} stays: its result is returned or read inside a subgraph`;
    editor.forward(output, input);
    editor.remove(node);
    return `${formatNode(node)} changes nothing`;
  }),
};

function changesNothing(node: Node, inference: Inference): boolean {
  const [input] = node.inputs;
  if (node.domain !== '' || input === undefined) return false;
  switch (node.opType) {
    case 'Identity':
      return true;
    case 'Dropout':
      return !isTrue(node.inputs[2], inference);
    case 'Concat':
    case 'Sum':
    case 'Max':
    case 'Min':
    case 'Mean':
      return node.inputs.length === 1;
    case 'Cast':
    case 'CastLike':
      return sameType(node, inference);
    case 'Transpose':
      return isAscending(node) && sameShape(node, inference);
    case 'Reshape':
    case 'Expand':
    case 'Tile':
    case 'Flatten':
    case 'Squeeze':
    case 'Unsqueeze':
      return sameShape(node, inference);
    case 'Slice':
      // A slice as large as its source, unless it reverses.
      return sameShape(node, inference) && isKnown(node.inputs[4], inference, (step) => step === 1);
    case 'Gather':
      return takesAll(node, inference);
    case 'Pad':
      return padsNothing(node, inference);
    case 'Resize':
    case 'Upsample':
      return (
        isKnown(node.inputs.at(-1), inference, (scale) => scale === 1) && isScaled(node) && sameShape(node, inference)
      );
    default:
      return false;
  }
}

/** Dropout's third input, training_mode: absent or known to be false in inference. */
function isTrue(value: Value | undefined, inference: Inference): boolean {
  if (value === undefined) return false;
  const known = inference.known.get(value);
  return known === undefined || constantsOf(known)?.[0] !== 0;
}

/** Every element known and as wanted; an absent input is. */
function isKnown(value: Value | undefined, inference: Inference, test: (element: number) => boolean): boolean {
  if (value === undefined) return true;
  const known = inference.known.get(value);
  return known !== undefined && constantsOf(known)?.every(test) === true;
}

const samePlace: readonly string[] = ['half_pixel', 'asymmetric', 'align_corners'];

/** Scales (not sizes, the fourth input of Resize) that map every element to its own place. */
function isScaled(node: Node): boolean {
  if (node.opType === 'Upsample') return node.inputs.length === 2;
  const mode = attributesOf(resize.Resize, node)?.coordinate_transformation_mode;
  return node.inputs.length === 3 && mode !== undefined && samePlace.includes(mode);
}

/** All indices along the axis, in order. */
function takesAll(node: Node, inference: Inference): boolean {
  const known = node.inputs[1] && inference.known.get(node.inputs[1]);
  return (
    known?.dims.length === 1 &&
    sameShape(node, inference) &&
    constantsOf(known)?.every((index, i, { length }) => index === i || index === i - length) === true
  );
}

function padsNothing(node: Node, inference: Inference): boolean {
  const rank = rankOf(node.inputs[0], inference);
  return rank !== undefined && constantPads(node, rank, inference)?.every((size) => size === 0) === true;
}

function isAscending(node: Node): boolean {
  return attributesOf(transposing.Transpose, node)?.perm?.every((axis, i) => axis === i) === true;
}

function sameType(node: Node, inference: Inference): boolean {
  const [input] = node.inputs;
  const [output] = node.outputs;
  const from = input && inference.types.get(input)?.elementType;
  return from !== undefined && from === (output && inference.types.get(output)?.elementType);
}

function sameShape(node: Node, inference: Inference): boolean {
  const [input] = node.inputs;
  const [output] = node.outputs;
  const from = input && inference.types.get(input)?.shape;
  const to = output && inference.types.get(output)?.shape;
  return from !== undefined && from.length === to?.length && from.every((dim, axis) => dim === to[axis]);
}
