/** Where a size comes from: the nodes that change it on the way from an input of the model. */
import type { Dim } from '../ir/dim.js';
import type { Node, Value } from '../ir/graph.js';
import { bindLeniently, boundAs } from '../ops/bind.js';
import { transposing } from '../ops/movement/transpose.js';
import type { SizedGraph } from './view.js';

export interface SizeStep {
  readonly node: Node;
  /** The size after the node. */
  readonly size: Dim | undefined;
  /** The axis of the node's output, counted from the front. */
  readonly axis: number;
}

export interface SizeChain {
  /** Where the chain begins: an input of the model, or a value whose size is not followed further. */
  readonly source: Value;
  readonly sourceSize: Dim | undefined;
  /** In the order of execution. */
  readonly steps: readonly SizeStep[];
}

/** Operators that scale an axis. `followed` has further ones that add to it or cut from it. */
const scaling = new Set([
  'AveragePool',
  'ConvTranspose',
  'DepthToSpace',
  'LpPool',
  'MaxPool',
  'MaxUnpool',
  'Resize',
  'SpaceToDepth',
  'Upsample',
]);
const followed = new Set([...scaling, 'CenterCropPad', 'Conv', 'ConvInteger', 'Crop', 'Pad', 'QLinearConv', 'Slice']);

/** True for pooling, upsampling, and convolutions with strides. */
export function isScaling(node: Node): boolean {
  if (scaling.has(node.opType)) return true;
  const strides = bindLeniently(node)?.attributes['strides'];
  return Array.isArray(strides) && strides.some((stride) => stride > 1);
}

export function traceSize(view: SizedGraph, value: Value, axis: number): SizeChain {
  const steps: SizeStep[] = [];
  let place = { value, axis };
  for (;;) {
    const node = view.producer(place.value);
    const before = node && previousPlace(view, node, place.value, place.axis);
    const size = view.size(place.value, place.axis);
    if (node === undefined || before === undefined) {
      return { source: place.value, sourceSize: size, steps: steps.reverse() };
    }
    if (view.size(before.value, before.axis) !== size) steps.push({ node, size, axis: place.axis });
    place = before;
  }
}

interface Place {
  readonly value: Value;
  /** Counted from the front. */
  readonly axis: number;
}

/** The axis of an input that the output's axis comes from. */
function previousPlace(view: SizedGraph, node: Node, value: Value, axis: number): Place | undefined {
  const [first] = node.inputs;
  const rank = view.shape(value)?.length;
  if (first === undefined || rank === undefined) return undefined;
  const transpose = boundAs(transposing.Transpose, node);
  if (transpose !== undefined) {
    const { attributes, inputs } = transpose;
    return { value: inputs.data, axis: attributes.perm?.[axis] ?? rank - 1 - axis };
  }
  if (followed.has(node.opType)) {
    // The channels of a convolution come from its weights.
    const isChannel = axis === 1 && /Conv/.test(node.opType);
    return isChannel || view.shape(first)?.length !== rank ? undefined : { value: first, axis };
  }
  const size = view.size(value, axis);
  for (const input of node.inputs) {
    const shape = view.shape(input);
    const place = axis - rank + (shape?.length ?? 0);
    if (input !== undefined && place >= 0 && shape?.[place] === size) return { value: input, axis: place };
  }
  return undefined;
}
