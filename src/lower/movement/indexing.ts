/**
 * Gather, GatherND and ScatterND. Where constant indices advance in equal steps along each axis, as those of slices and of
 * unfolded windows do, they are copies at strides; elsewhere a table says where elements come from. Computed indices are read.
 */
import type { Node, Value } from '../../ir/graph.js';
import { elementCount, rowMajorStrides } from '../../ir/tensor.js';
import { normalizeAxis } from '../../ops/arguments.js';
import { gathering } from '../../ops/indexing/gather.js';
import { gatherNdSchema, scatterNdSchema } from '../../ops/indexing/schemas.js';
import { wordsOf } from '../../wasm/kernels/cells.js';
import type { PointerAxis } from '../../wasm/kernels/rows.js';
import type { LoweringContext } from '../context/context.js';
import { RowMajorTensor } from '../context/tensor.js';
import { wordStrides } from '../layouts.js';
import { anyElements, defineLowering, kernelsOf, type Lowering, unfitValue } from '../lowering.js';
import { addGather, addScatter, areReadable, elementOf } from './computed-indices.js';
import { addCopy, boxAxes } from './copy.js';

/** first + the sum of index[axis] * steps[axis]. */
interface Progression {
  readonly first: number;
  readonly steps: readonly number[];
}

/** What makes the row-major `values` of shape `dims`; undefined where no progression does. */
function progressionOf(values: ArrayLike<number>, dims: readonly number[]): Progression | undefined {
  const strides = rowMajorStrides(dims);
  const first = values[0]!;
  const steps = dims.map((size, axis) => (size > 1 ? values[strides[axis]!]! - first : 0));
  return advances(0, 0, first) ? { first, steps } : undefined;

  /** Whether what is at `place`, of one index of the axes before, goes on from `expected` along this axis and those after. */
  function advances(axis: number, place: number, expected: number): boolean {
    if (axis === dims.length) return values[place] === expected;
    const [size, stride, step] = [dims[axis]!, strides[axis]!, steps[axis]!];
    if (axis === dims.length - 1) {
      for (let i = 0; i < size; i++) if (values[place + i] !== expected + i * step) return false;
      return true;
    }
    for (let i = 0; i < size; i++) if (!advances(axis + 1, place + i * stride, expected + i * step)) return false;
    return true;
  }
}

const lowerGather = defineLowering(
  gathering.Gather,
  kernelsOf(anyElements, ['an index that is outside']),
  (context, node, { attributes, inputs, outputs }) => {
    const { data: x, indices } = inputs;
    const dims = context.tensors.storedDims(x);
    if (dims === undefined || context.values.sizedDims(outputs.output) === undefined) return unfitValue;
    const given = context.values.indices(indices);
    const axis = normalizeAxis(attributes.axis, dims.length);
    const size = dims[axis]!;
    if (given === undefined) {
      if (!areReadable(context, indices)) return unfitValue;
      const [before, count] = [elementCount(dims.slice(0, axis)), elementCount(context.values.dims(indices)!)];
      const run = elementCount(dims.slice(axis + 1));
      const axes = [
        { size: before, data: size * run, index: 0, other: count * run },
        { size: count, data: 0, index: 1, other: run },
      ];
      addGather(context, node, x, outputs.output, { value: indices, axes: [axis], dims }, { axes, run });
      return undefined;
    }
    const counted = offsetsOf(given, 1, [size], 0);
    if (counted === undefined) return 'an index that is outside';
    const shape = context.values.constant(indices)!.dims;
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
    const source = context.tensors.stored(x);
    const strides = wordStrides(source, dims);
    const step = strides[axis]!;
    const offset = progression.first * step;
    const result = outputs.output;
    const elements = elementCount(context.values.dims(result)!);
    const outer = dims.slice(0, axis);
    if (elementCount(shape) === 1 && elementCount(outer) === 1) {
      const words = elements * wordsOf(source.cells);
      const part = { whole: source, offset };
      context.tensors.setResidency(result, new RowMajorTensor(result.name, words, part, undefined, source.cells));
      context.done.add(node);
      return undefined;
    }
    const sizes = [...outer, ...shape, ...dims.slice(axis + 1)];
    const from = [...strides.slice(0, axis), ...progression.steps.map((by) => by * step), ...strides.slice(axis + 1)];
    const to = wordStrides(source, sizes);
    addCopy(context, {
      node,
      source,
      target: context.tensors.makeStored(result, source.cells),
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
  const source = context.tensors.stored(node.inputs[0]!);
  const target = context.tensors.makeStored(node.outputs[0]!, source.cells);
  const words = wordsOf(source.cells);
  const table = context.constants.bytes(new Uint8Array(Int32Array.from(offsets, (offset) => offset * words).buffer));
  const params = {
    outer: outer.map(({ size, strides }) => ({ size, strides: strides.map((stride) => stride * words) })),
    count: offsets.length,
    run: run * words,
  };
  context.add({
    kind: 'kernel',
    algorithm: 'gather by a table',
    nodes: [node],
    reads: [source],
    writes: [target],
    operations: 0,
    work: target.floats * 2,
    build: () => ({
      kernel: { name: 'gather runs', params },
      pointers: [{ tensor: source }, { constant: table }, { tensor: target }],
    }),
  });
}

/** Offsets of the slices that tuples of constant indices name; undefined where an index is outside. */
function offsetsOf(
  given: ArrayLike<number>,
  depth: number,
  dims: readonly number[],
  batchDims: number,
): readonly number[] | undefined {
  const strides = rowMajorStrides(dims).slice(batchDims);
  const sizes = dims.slice(batchDims);
  const tuples = given.length / depth;
  const inBatch = tuples / elementCount(dims.slice(0, batchDims));
  const offsets: number[] = [];
  for (let tuple = 0, at = 0; tuple < tuples; tuple++) {
    let offset = batchDims === 0 ? 0 : Math.floor(tuple / inBatch) * elementCount(sizes);
    for (let k = 0; k < depth; k++, at++) {
      const index = given[at]!;
      const size = sizes[k]!;
      if (index < -size || index >= size) return undefined;
      offset += (index < 0 ? index + size : index) * strides[k]!;
    }
    offsets.push(offset);
  }
  return offsets;
}

const lowerGatherNd = defineLowering(
  gatherNdSchema,
  kernelsOf(anyElements, ['an index that is outside']),
  (context, node, { attributes, inputs, outputs }) => {
    const { data: x, indices } = inputs;
    const dims = context.tensors.storedDims(x);
    const onto = context.values.sizedDims(outputs.output);
    if (dims === undefined || onto === undefined) return unfitValue;
    const given = context.values.indices(indices);
    const shape = context.values.dims(indices);
    const depth = shape?.at(-1);
    if (shape === undefined || !depth) return unfitValue;
    const { batch_dims: batchDims } = attributes;
    if (given === undefined) {
      if (!areReadable(context, indices)) return unfitValue;
      const run = elementCount(dims.slice(batchDims + depth));
      const [batches, tuples] = [shape.slice(0, batchDims), shape.slice(batchDims, -1)].map(elementCount);
      const axes = [
        { size: batches!, data: elementCount(dims.slice(batchDims)), index: tuples! * depth, other: tuples! * run },
        { size: tuples!, data: 0, index: depth, other: run },
      ];
      const components = Array.from({ length: depth }, (_, k) => batchDims + k);
      addGather(context, node, x, outputs.output, { value: indices, axes: components, dims }, { axes, run });
      return undefined;
    }
    const offsets = offsetsOf(given, depth, dims, batchDims);
    if (offsets === undefined) return 'an index that is outside';
    const slice = dims.slice(batchDims + depth);
    const progression = progressionOf(offsets, shape.slice(0, -1));
    if (progression === undefined) {
      addTableCopy(context, node, { outer: [], offsets, run: elementCount(slice) });
      return undefined;
    }
    const source = context.tensors.stored(x);
    const words = wordsOf(source.cells);
    const from = [...progression.steps.map((step) => step * words), ...wordStrides(source, slice)];
    const to = wordStrides(source, onto);
    addCopy(context, {
      node,
      source,
      target: context.tensors.makeStored(outputs.output, source.cells),
      elements: elementCount(onto),
      boxOf: () => ({ axes: boxAxes(onto, from, to), sourceOffset: progression.first * words }),
    });
    return undefined;
  },
);

interface Targets extends Progression {
  readonly shape: readonly number[];
  readonly depth: number;
}

/** Where each update goes, as a progression of offsets into the row-major result. */
function targetsOf(context: LoweringContext, indices: Value | undefined, dims: readonly number[]): Targets | undefined {
  const given = context.values.indices(indices);
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
  kernelsOf(anyElements),
  (context, node, { attributes, inputs, outputs }) => {
    const { data: x, indices, updates } = inputs;
    const dims = context.tensors.storedDims(x);
    const shape = context.values.dims(indices);
    const depth = shape?.at(-1);
    if (dims === undefined || shape === undefined || !depth || context.tensors.storedDims(updates) === undefined) {
      return unfitValue;
    }
    const { reduction } = attributes;
    const targets = reduction === 'none' ? targetsOf(context, indices, dims) : undefined;
    if (targets === undefined || !addOrderedCopy(context, node, targets)) {
      if (!areReadable(context, indices) || elementOf(context, x) === undefined) return unfitValue;
      const run = elementCount(dims.slice(depth));
      const tuples = { size: elementCount(shape.slice(0, -1)), data: 0, index: depth, other: run };
      const components = Array.from({ length: depth }, (_, axis) => axis);
      const positions = { value: indices, axes: components, dims };
      addScatter(context, node, { x, updates, result: outputs.output }, positions, {
        axes: [],
        ordered: [tuples],
        run,
        reduction,
      });
    }
    return undefined;

    /** A copy of the data and one of the updates, where these go to places that follow one another. */
    function addOrderedCopy(context: LoweringContext, node: Node, targets: Targets): boolean {
      const { first, steps, shape, depth } = targets;
      // Of elements that are written twice the last one counts; a copy keeps no order.
      if (steps.some((step, axis) => step <= 0 && shape[axis]! > 1)) return false;
      const sizes = [...shape, ...dims!.slice(depth)];
      if (!isDistinct(sizes, [...steps, ...rowMajorStrides(dims!).slice(depth)])) return false;
      if (context.tensors.cells(x) !== context.tensors.cells(updates)) return false;
      const source = context.tensors.stored(x);
      const changes = context.tensors.stored(updates);
      const target = context.tensors.makeStored(outputs.output, source.cells);
      const words = wordsOf(source.cells);
      const whole = elementCount(dims!);
      const to = [...steps.map((step) => step * words), ...wordStrides(target, dims!).slice(depth)];
      const from = wordStrides(changes, sizes);
      addCopy(context, {
        node,
        source,
        target,
        elements: whole,
        boxOf: () => ({ axes: [{ size: whole, strides: [words, words] }] }),
      });
      addCopy(context, {
        node,
        source: changes,
        target,
        elements: elementCount(sizes),
        boxOf: () => ({ axes: boxAxes(sizes, from, to), targetOffset: first * words }),
      });
      return true;
    }
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
