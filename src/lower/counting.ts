/**
 * NonZero and Compress. Kernels make as many results as there are, in room for the most there can be, and note the number;
 * the host takes them from there, since plans have no tensors of sizes that only a run shows.
 */
import type { Node, Value } from '../ir/graph.js';
import { elementCount } from '../ir/tensor.js';
import { normalizeAxis } from '../ops/arguments.js';
import { compressSchema, nonZeroSchema } from '../ops/indexing/schemas.js';
import { wordsOf } from '../wasm/kernels/cells.js';
import { markedBlocks } from '../wasm/kernels/marked.js';
import type { LoweringContext } from './context/context.js';
import { RowMajorTensor } from './context/tensor.js';
import { anyElements, defineLowering, kernelsOf, type Lowering, unfitValue } from './lowering.js';
import { elementOf } from './movement/computed-indices.js';

interface Marked {
  /** As int32, with room for all elements. */
  readonly positions: RowMajorTensor;
  /** One int32. */
  readonly count: RowMajorTensor;
}

function words(name: string, count: number): RowMajorTensor {
  return new RowMajorTensor(name, count, undefined, undefined, 'int32');
}

const largeRoom = 'results that may take more than 64 MiB';
/** Words of room that results take at most: a reference takes as much as there are. */
const mostRoom = 2 ** 24;

/** Adds the steps that list which of the first `size` elements are not zero. */
function addMarked(context: LoweringContext, node: Node, value: Value, size: number): Marked {
  const element = elementOf(context, value)!;
  const source = context.tensors.stored(value);
  const counts = words('counts', markedBlocks(size));
  const [positions, count] = [words('positions', size), words('count', 1)];
  const shared = { kind: 'kernel', nodes: [node], operations: 0, work: size * 2 } as const;
  context.add({
    ...shared,
    algorithm: 'count',
    reads: [source],
    writes: [counts],
    build: () => ({
      kernel: { name: 'count marked', params: { element, size } },
      pointers: [{ tensor: source }, { tensor: counts }],
    }),
  });
  context.add({
    ...shared,
    algorithm: 'positions',
    reads: [source, counts],
    writes: [positions, count],
    build: () => ({
      kernel: { name: 'list marked', params: { element, size } },
      pointers: [source, counts, positions, count].map((tensor) => ({ tensor })),
    }),
  });
  return { positions, count };
}

const lowerNonZero = defineLowering(
  nonZeroSchema,
  kernelsOf(anyElements, [largeRoom]),
  (context, node, { inputs, outputs }) => {
    const dims = context.tensors.storedDims(inputs.X);
    if (dims === undefined || dims.length === 0 || elementOf(context, inputs.X) === undefined) return unfitValue;
    const size = elementCount(dims);
    if (size * dims.length * 2 > mostRoom) return largeRoom;
    const { positions, count } = addMarked(context, node, inputs.X, size);
    const room = new RowMajorTensor(outputs.Y.name, size * dims.length * 2, undefined, undefined, 'int64');
    context.add({
      kind: 'kernel',
      algorithm: 'coordinates',
      nodes: [node],
      reads: [positions, count],
      writes: [room],
      operations: 0,
      work: size * dims.length * 4,
      build: () => ({
        kernel: { name: 'coordinates', params: { dims, size } },
        pointers: [positions, count, room].map((tensor) => ({ tensor })),
      }),
    });
    context.takeCounted(node, outputs.Y, room, count, [dims.length, null], size);
    return undefined;
  },
);

const lowerCompress = defineLowering(
  compressSchema,
  kernelsOf(anyElements, [largeRoom]),
  (context, node, { attributes, inputs, outputs }) => {
    const source = context.tensors.storedDims(inputs.input);
    const [length] = context.tensors.storedDims(inputs.condition) ?? [];
    if (source === undefined || length === undefined) return unfitValue;
    const dims = attributes.axis === undefined ? [elementCount(source)] : source;
    const axis = attributes.axis === undefined ? 0 : normalizeAxis(attributes.axis, dims.length);
    // The longer of condition and axis is cut to the shorter.
    const most = Math.min(length, dims[axis]!);
    const from = context.tensors.stored(inputs.input);
    const outer = elementCount(dims.slice(0, axis));
    const run = elementCount(dims.slice(axis + 1)) * wordsOf(from.cells);
    if (outer * most * run > mostRoom) return largeRoom;
    const { positions, count } = addMarked(context, node, inputs.condition, most);
    const room = new RowMajorTensor(outputs.output.name, outer * most * run, undefined, undefined, from.cells);
    context.add({
      kind: 'kernel',
      algorithm: 'pick',
      nodes: [node],
      reads: [from, positions, count],
      writes: [room],
      operations: 0,
      work: outer * most * run,
      build: () => ({
        kernel: { name: 'pick', params: { outer, size: dims[axis]!, run, most } },
        pointers: [from, positions, count, room].map((tensor) => ({ tensor })),
      }),
    });
    const sizes = dims.map((size, i) => (i === axis ? null : size));
    context.takeCounted(node, outputs.output, room, count, sizes, most);
    return undefined;
  },
);

export const countingLowerings: readonly Lowering[] = [lowerCompress, lowerNonZero];
