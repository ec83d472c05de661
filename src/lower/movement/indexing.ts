/**
 * Gather, GatherND and ScatterND with constant indices. Where these advance in equal steps along each axis, as those of slices
 * and of unfolded windows do, they are copies at strides; elsewhere a table says where elements come from.
 */
import type { Node, Value } from '../../ir/graph.js';
import { elementCount, rowMajorStrides } from '../../ir/tensor.js';
import { gathering } from '../../ops/indexing/gather.js';
import { gatherNdSchema, scatterNdSchema } from '../../ops/indexing/schemas.js';
import { normalizeAxis } from '../../ops/operator.js';
import type { PointerAxis } from '../../wasm/kernels/rows.js';
import type { LoweringContext } from '../context/context.js';
import { RowMajorTensor } from '../context/tensor.js';
import { defineLowering, floats, floatsAndIntegers, kernelsOf, type Lowering, unfitValue } from '../lowering.js';
import { addCopy, boxAxes } from './copy.js';

/** first + the sum of index[axis] * steps[axis]. */
interface Progression {
  readonly first: number;
  readonly steps: readonly number[];
}

/** What makes the row-major `values` of shape `dims`; undefined where no progression does. */
function progressionOf(values: readonly number[], dims: readonly number[]): Progression | undefined {
  const strides = rowMajorStrides(dims);
  const first = values[0]!;
  const steps = dims.map((size, axis) => (size > 1 ? values[strides[axis]!]! - first : 0));
  const isOne = values.every((value, index) => {
    let expected = first;
    for (let axis = 0, rest = index; axis < dims.length; axis++) {
      expected += Math.floor(rest / strides[axis]!) * steps[axis]!;
      rest %= strides[axis]!;
    }
    return value === expected;
  });
  return isOne ? { first, steps } : undefined;
}

const lowerGather = defineLowering(
  gathering.Gather,
  kernelsOf(floatsAndIntegers, ['indices that are computed', 'an index that is outside']),
  (context, node, { attributes, inputs, outputs }) => {
    const { data: x, indices } = inputs;
    const dims = context.tensors.representableDims(x);
    if (dims === undefined || context.values.sizedDims(outputs.output) === undefined) return unfitValue;
    const given = context.values.integers(indices);
    if (given === undefined) return 'indices that are computed';
    const axis = normalizeAxis(attributes.axis, dims.length);
    const size = dims[axis]!;
    if (given.some((index) => index < -size || index >= size)) return 'an index that is outside';
    const shape = context.values.constant(indices)!.dims;
    const counted = given.map((index) => (index < 0 ? index + size : index));
    const progression = progressionOf(counted, shape);
    if (progression === undefined) {
      const run = elementCount(dims.slice(axis + 1));
      addTableCopy(context, node, {
        outer: [{ size: elementCount(dims.slice(0, axis)), strides: [size * run, counted.length * run] }],
        offsets: counted.map((index) => index * run),
        run,
      });
      return undefined;
    }
    const source = context.tensors.rowMajor(x!);
    const strides = rowMajorStrides(dims);
    const step = strides[axis]!;
    const offset = progression.first * step;
    const result = outputs.output;
    const elements = elementCount(context.values.dims(result)!);
    const outer = dims.slice(0, axis);
    if (elementCount(shape) === 1 && elementCount(outer) === 1) {
      context.tensors.setResidency(result, new RowMajorTensor(result.name, elements, { whole: source, offset }));
      context.done.add(node);
      return undefined;
    }
    const sizes = [...outer, ...shape, ...dims.slice(axis + 1)];
    const from = [...strides.slice(0, axis), ...progression.steps.map((by) => by * step), ...strides.slice(axis + 1)];
    const to = rowMajorStrides(sizes);
    addCopy(context, {
      node,
      source,
      target: context.tensors.makeRowMajor(result),
      elements,
      boxOf: () => ({ axes: boxAxes(sizes, from, to), sourceOffset: offset }),
    });
    return undefined;
  },
);

/** Runs of the first input one after another, each from an offset of the table. */
function addTableCopy(
  context: LoweringContext,
  node: Node,
  {
    outer,
    offsets,
    run,
  }: { readonly outer: readonly PointerAxis[]; readonly offsets: readonly number[]; readonly run: number },
): void {
  const source = context.tensors.rowMajor(node.inputs[0]!);
  const target = context.tensors.makeRowMajor(node.outputs[0]!);
  const table = context.constants.bytes(new Uint8Array(Int32Array.from(offsets).buffer));
  context.add({
    kind: 'kernel',
    algorithm: 'gather by a table',
    nodes: [node],
    reads: [source],
    writes: [target],
    operations: 0,
    work: target.floats * 2,
    build: () => ({
      kernel: { name: 'gather runs', params: { outer, count: offsets.length, run } },
      pointers: [{ tensor: source }, { constant: table }, { tensor: target }],
    }),
  });
}

/** Offsets of the slices that tuples of constant indices name; undefined where an index is outside. */
function offsetsOf(
  given: readonly number[],
  depth: number,
  dims: readonly number[],
  batchDims: number,
): readonly number[] | undefined {
  const strides = rowMajorStrides(dims);
  const batches = elementCount(dims.slice(0, batchDims));
  const tuples = given.length / depth;
  const offsets: number[] = [];
  for (let tuple = 0; tuple < tuples; tuple++) {
    let offset = Math.floor(tuple / (tuples / batches)) * elementCount(dims.slice(batchDims));
    for (let k = 0; k < depth; k++) {
      const [index, size] = [given[tuple * depth + k]!, dims[batchDims + k]!];
      if (index < -size || index >= size) return undefined;
      offset += (index < 0 ? index + size : index) * strides[batchDims + k]!;
    }
    offsets.push(offset);
  }
  return offsets;
}

const lowerGatherNd = defineLowering(
  gatherNdSchema,
  kernelsOf(floatsAndIntegers, ['indices that are computed', 'an index that is outside']),
  (context, node, { attributes, inputs, outputs }) => {
    const { data: x, indices } = inputs;
    const dims = context.tensors.representableDims(x);
    const onto = context.values.sizedDims(outputs.output);
    if (dims === undefined || onto === undefined) return unfitValue;
    const given = context.values.integers(indices);
    const shape = context.values.constant(indices)?.dims;
    const depth = shape?.at(-1);
    if (given === undefined || shape === undefined || !depth) return 'indices that are computed';
    const { batch_dims: batchDims } = attributes;
    const offsets = offsetsOf(given, depth, dims, batchDims);
    if (offsets === undefined) return 'an index that is outside';
    const slice = dims.slice(batchDims + depth);
    const progression = progressionOf(offsets, shape.slice(0, -1));
    if (progression === undefined) {
      addTableCopy(context, node, { outer: [], offsets, run: elementCount(slice) });
      return undefined;
    }
    const from = [...progression.steps, ...rowMajorStrides(slice)];
    addCopy(context, {
      node,
      source: context.tensors.rowMajor(x!),
      target: context.tensors.makeRowMajor(outputs.output),
      elements: elementCount(onto),
      boxOf: () => ({ axes: boxAxes(onto, from, rowMajorStrides(onto)), sourceOffset: progression.first }),
    });
    return undefined;
  },
);

/** Where each update goes, as a progression of offsets into the row-major result. */
function targetsOf(
  context: LoweringContext,
  indices: Value | undefined,
  dims: readonly number[],
): (Progression & { readonly shape: readonly number[]; readonly depth: number }) | undefined {
  const given = context.values.integers(indices);
  const shape = context.values.constant(indices)?.dims;
  const depth = shape?.at(-1);
  if (given === undefined || shape === undefined || depth === undefined || depth === 0) return undefined;
  const offsets = offsetsOf(given, depth, dims, 0);
  if (offsets === undefined) return undefined;
  const outer = shape.slice(0, -1);
  const progression = offsets.length === 0 ? undefined : progressionOf(offsets, outer);
  return progression && { ...progression, shape: outer, depth };
}

const lowerScatterNd = defineLowering(
  scatterNdSchema,
  kernelsOf(floats, [
    'updates that are added up',
    'indices that are computed',
    'indices in no order',
    'indices that overlap',
  ]),
  (context, node, { attributes, inputs, outputs }) => {
    const { data: x, indices, updates } = inputs;
    const dims = context.values.floatDims(x);
    if (dims === undefined || context.values.floatDims(updates) === undefined) return unfitValue;
    if (attributes.reduction !== 'none') return 'updates that are added up';
    if (context.values.integers(indices) === undefined) return 'indices that are computed';
    const targets = targetsOf(context, indices, dims);
    if (targets === undefined) return 'indices in no order';
    const { first, steps, shape, depth } = targets;
    // Of elements that are written twice the last one counts; a copy keeps no order.
    if (steps.some((step, axis) => step <= 0 && shape[axis]! > 1)) return 'indices in no order';
    const strides = rowMajorStrides(dims);
    const sizes = [...shape, ...dims.slice(depth)];
    const to = [...steps, ...strides.slice(depth)];
    const from = rowMajorStrides(sizes);
    if (!isDistinct(sizes, to)) return 'indices that overlap';
    const source = context.tensors.rowMajor(x!);
    const changes = context.tensors.rowMajor(updates!);
    const target = context.tensors.makeRowMajor(outputs.output);
    const whole = elementCount(dims);
    addCopy(context, {
      node,
      source,
      target,
      elements: whole,
      boxOf: () => ({ axes: [{ size: whole, strides: [1, 1] }] }),
    });
    addCopy(context, {
      node,
      source: changes,
      target,
      elements: elementCount(sizes),
      boxOf: () => ({ axes: boxAxes(sizes, from, to), targetOffset: first }),
    });
    return undefined;
  },
);

/** Whether no two positions of a box coincide: each axis steps farther than all finer ones together span. */
function isDistinct(sizes: readonly number[], strides: readonly number[]): boolean {
  const axes = sizes
    .map((size, axis) => ({ size, stride: strides[axis]! }))
    .filter(({ size }) => size > 1)
    .sort((a, b) => a.stride - b.stride);
  let span = 0;
  for (const { size, stride } of axes) {
    if (stride <= span) return false;
    span += (size - 1) * stride;
  }
  return true;
}

export const indexingLowerings: readonly Lowering[] = [lowerGather, lowerGatherNd, lowerScatterNd];
