/** Nodes that hand their input on unchanged: readers take it from where it comes. */
import { formatNode } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Node, Value } from '../ir/graph.js';
import { constantsOf } from '../ir/quantity.js';
import { attributesOf, boundAs, boundTo } from '../ops/bind.js';
import { dropout } from '../ops/creation/dropout.js';
import { gathering } from '../ops/indexing/gather.js';
import { slicing } from '../ops/movement/slice.js';
import { transposing } from '../ops/movement/transpose.js';
import type { resize } from '../ops/resampling/resize.js';
import type { upsample } from '../ops/resampling/upsample.js';
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
      return keepsAll(node, inference);
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
      return sameShape(node, inference) && isForward(node, inference);
    case 'Gather':
      return takesAll(node, inference);
    case 'Pad':
      return padsNothing(node, inference);
    case 'Resize':
    case 'Upsample':
      return isScaledByOne(node, inference) && sameShape(node, inference);
    default:
      return false;
  }
}

/** A Dropout that does not train, which is for sure: training_mode is absent or known to be false. */
function keepsAll(node: Node, inference: Inference): boolean {
  const bound = boundAs(dropout.Dropout, node);
  return bound !== undefined && isKnown(bound.inputs.training_mode, inference, (mode) => mode === 0);
}

/** Every element known and as wanted; an absent input is. */
function isKnown(value: Value | undefined, inference: Inference, test: (element: number) => boolean): boolean {
  if (value === undefined) return true;
  const known = inference.known.get(value);
  return known !== undefined && constantsOf(known)?.every(test) === true;
}

const samePlace: readonly string[] = ['half_pixel', 'asymmetric', 'align_corners'];

/** Scales (not sizes) that map every element to its own place. */
function isScaledByOne(node: Node, inference: Inference): boolean {
  const isOne = (scale: number) => scale === 1;
  const upsampled = boundTo<typeof upsample.Upsample>('Upsample', node)?.inputs.scales;
  if (upsampled !== undefined) return isKnown(upsampled, inference, isOne);
  const resized = boundTo<typeof resize.Resize>('Resize', node);
  if (resized === undefined || resized.version < 11) return false;
  const { scales, sizes } = resized.inputs;
  const mode = resized.attributes.coordinate_transformation_mode;
  return scales !== undefined && sizes === undefined && samePlace.includes(mode) && isKnown(scales, inference, isOne);
}

function isForward(node: Node, inference: Inference): boolean {
  const bound = boundAs(slicing.Slice, node);
  return bound !== undefined && isKnown(bound.inputs.steps, inference, (step) => step === 1);
}

/** All indices along the axis, in order. */
function takesAll(node: Node, inference: Inference): boolean {
  const indices = boundAs(gathering.Gather, node)?.inputs.indices;
  const known = indices && inference.known.get(indices);
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
