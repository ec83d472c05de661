/** Pad and Crop of the spatial axes: constants are filled in, what repeats the tensor is read from tables of pixels. */
import type { Node } from '../ir/graph.js';
import { intsOf } from '../ir/node-attributes.js';
import { elementCount, rowMajorStrides } from '../ir/tensor.js';
import { padsAt } from '../ops/movement/pad.js';
import type { LoweringContext } from './context.js';
import { addCopy, addFill } from './copy.js';
import type { Lowering } from './lowering.js';
import { addResample } from './resize.js';
import { takePart } from './slice.js';
import { innerSize } from './tensor.js';

export const lowerPad: Lowering = (context, node) => {
  const dims = context.floatDims(node.inputs[0]);
  if (dims === undefined || context.floatDims(node.outputs[0]) === undefined) {
    return 'shapes that only running shows, or another type than float32';
  }
  const padding = padsAt(node, dims, (i) => context.numbers(node.inputs[i]));
  if (padding === undefined) return 'pads that are computed';
  const { pads, mode, value } = padding;
  const begins = pads.slice(0, dims.length);
  const ends = pads.slice(dims.length);
  if (mode !== 'constant') {
    const isSpatial = dims.length >= 3 && innerSize(dims) !== undefined && begins[0] === 0 && ends[0] === 0;
    if (!isSpatial || begins[1] !== 0 || ends[1] !== 0 || pads.some((pad) => pad < 0)) {
      return `a ${mode} padding of other axes than the spatial ones`;
    }
    const tables = dims.slice(2).map((size, i) => ({
      outputs: Array.from({ length: size + begins[i + 2]! + ends[i + 2]! }, (_, position) => [
        { position: repeated(position - begins[i + 2]!, size, mode), weight: 1 },
      ]),
    }));
    addResample(context, node, tables);
    return undefined;
  }
  if (pads.some((pad) => pad < 0)) return 'negative pads';
  padWith(context, node, dims, begins, value);
  return undefined;
};

/** The place in an axis that a place outside repeats. */
function repeated(position: number, size: number, mode: 'reflect' | 'edge' | 'wrap'): number {
  if (mode === 'edge') return Math.min(Math.max(position, 0), size - 1);
  if (mode === 'wrap') return ((position % size) + size) % size;
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const inside = ((position % period) + period) % period;
  return inside < size ? inside : period - inside;
}

function padWith(
  context: LoweringContext,
  node: Node,
  dims: readonly number[],
  begins: readonly number[],
  value: number,
): void {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const onto = context.dims(y)!;
  const isInner = context.isInner(x) && !context.isFlat(x) && innerSize(dims) !== undefined && dims.length >= 3;
  const source = isInner ? context.inner(x) : context.flat(x);
  const target = isInner ? context.makeInner(y) : context.makeFlat(y);
  const stridesOf = (
    tensor: typeof source,
    own: readonly number[],
    places: Parameters<Parameters<typeof addFill>[4]>[0],
  ) => {
    if (tensor.layout === 'flat') return rowMajorStrides(own);
    const view = places.view(tensor);
    return own.length === 4
      ? [view.imageStride, 1, view.rowStride, view.pixelStride]
      : [view.imageStride, 1, view.pixelStride];
  };
  /** In the order in which they lie in memory. */
  const inOrder = <T>(axes: readonly T[]): readonly T[] => (isInner ? [axes[0]!, ...axes.slice(2), axes[1]!] : axes);
  addFill(
    context,
    node,
    target,
    value,
    (places) => {
      const strides = stridesOf(target, onto, places);
      return inOrder(onto.map((size, axis) => ({ size, strides: [strides[axis]!] })));
    },
    elementCount(onto),
  );
  addCopy(context, {
    node,
    source,
    target,
    elements: elementCount(dims),
    place: (places) => {
      const [from, to] = [stridesOf(source, dims, places), stridesOf(target, onto, places)];
      return {
        axes: inOrder(dims.map((size, axis) => ({ size, strides: [from[axis]!, to[axis]!] }))),
        sourceOffset: 0,
        targetOffset: begins.reduce((sum, begin, axis) => sum + begin * to[axis]!, 0),
      };
    },
  });
}

export const lowerCrop: Lowering = (context, node) => {
  const [dims, onto] = [context.floatDims(node.inputs[0]), context.floatDims(node.outputs[0])];
  const border = intsOf(node, 'border');
  if (dims?.length !== 4 || onto === undefined || border === undefined) {
    return 'shapes that only running shows, or another type than float32';
  }
  const first = [0, 0, border[1]!, border[0]!];
  const parts = onto.map((count, axis) => ({ first: first[axis]!, step: 1, count }));
  takePart(context, node, node.inputs[0]!, node.outputs[0]!, parts);
  return undefined;
};
