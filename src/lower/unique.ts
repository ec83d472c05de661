/** Unique. As of what NonZero makes, there is room for the most that may differ, and the host takes what there is. */
import { elementCount } from '../ir/tensor.js';
import { normalizeAxis } from '../ops/arguments.js';
import { uniqueSchema } from '../ops/indexing/schemas.js';
import { type Cells, wordsOf } from '../wasm/kernels/cells.js';
import { unitWork } from '../wasm/kernels/rows.js';
import { uniqueScratch } from '../wasm/kernels/unique.js';
import { RowMajorTensor } from './context/tensor.js';
import { anyElements, defineLowering, kernelsOf, type Lowering, unfitValue } from './lowering.js';
import { elementOf } from './movement/computed-indices.js';

const lowerUnique = defineLowering(
  uniqueSchema,
  kernelsOf(anyElements),
  (context, node, { attributes, inputs: { X: x }, outputs }) => {
    const source = context.tensors.storedDims(x);
    const element = elementOf(context, x);
    if (source === undefined || element === undefined) return unfitValue;
    const dims = attributes.axis === undefined ? [elementCount(source)] : source;
    const axis = attributes.axis === undefined ? 0 : normalizeAxis(attributes.axis, dims.length);
    const size = dims[axis]!;
    const [outer, inner] = [elementCount(dims.slice(0, axis)), elementCount(dims.slice(axis + 1))];
    const from = context.tensors.stored(x);
    const room = (name: string, count: number, cells: Cells) =>
      new RowMajorTensor(name, count * wordsOf(cells), undefined, undefined, cells);
    const [positions, count] = [room('positions', size, 'int32'), room('count', 1, 'int32')];
    const [firsts, counts] = [room('first positions', size, 'int64'), room('counts', size, 'int64')];
    const inverse =
      outputs.inverse_indices === undefined
        ? room('inverse indices', size, 'int64')
        : context.tensors.makeStored(outputs.inverse_indices, 'int64');
    const made = [positions, count, firsts, counts, inverse];
    const shared = { kind: 'kernel', nodes: [node], operations: 0 } as const;
    context.add({
      ...shared,
      algorithm: 'merge sort',
      reads: [from],
      writes: made,
      scratch: uniqueScratch(size),
      // A single unit, which threads cannot share.
      work: Math.min(unitWork, outer * size * inner),
      build: () => ({
        kernel: { name: 'unique', params: { element, outer, size, inner, sorted: attributes.sorted } },
        pointers: [...[from, ...made].map((tensor) => ({ tensor })), { scratch: 0 }],
      }),
    });
    const run = inner * wordsOf(from.cells);
    const picked = room(outputs.Y.name, outer * size * inner, from.cells);
    context.add({
      ...shared,
      algorithm: 'pick',
      reads: [from, positions, count],
      writes: [picked],
      work: outer * size * run,
      build: () => ({
        kernel: { name: 'pick', params: { outer, size, run, most: size } },
        pointers: [from, positions, count, picked].map((tensor) => ({ tensor })),
      }),
    });
    const counted = dims.map((length, i) => (i === axis ? null : length));
    context.takeCounted(node, outputs.Y, picked, count, counted, size);
    if (outputs.indices !== undefined) context.takeCounted(node, outputs.indices, firsts, count, [null], size);
    if (outputs.counts !== undefined) context.takeCounted(node, outputs.counts, counts, count, [null], size);
    return undefined;
  },
);

export const uniqueLowerings: readonly Lowering[] = [lowerUnique];
