/** GatherElements and ScatterElements: one element along an axis for each index. */
import { rowMajorStrides } from '../../ir/tensor.js';
import { normalizeAxis } from '../../ops/arguments.js';
import { gatherElementsSchema, scatterElementsSchema, scatterSchema } from '../../ops/indexing/schemas.js';
import { anyElements, defineLowering, kernelsOf, type Lowering, unfitValue } from '../lowering.js';
import { addGather, addScatter, areReadable, elementOf, type IndexedAxis } from './computed-indices.js';

/** The positions of the indices: along the axis, the data's place is the index's alone. */
function positionsOf(dims: readonly number[], axis: number, shape: readonly number[]): IndexedAxis[] {
  const [data, own] = [rowMajorStrides(dims), rowMajorStrides(shape)];
  return shape.map((size, i) => ({ size, data: i === axis ? 0 : data[i]!, index: own[i]!, other: own[i]! }));
}

const lowerGatherElements = defineLowering(
  gatherElementsSchema,
  kernelsOf(anyElements),
  (context, node, { attributes, inputs, outputs }) => {
    const { data: x, indices } = inputs;
    const [dims, shape] = [context.tensors.storedDims(x), context.values.sizedDims(indices)];
    if (dims === undefined || shape === undefined || !areReadable(context, indices)) return unfitValue;
    const axis = normalizeAxis(attributes.axis, dims.length);
    const positions = { value: indices, axes: [axis], dims };
    addGather(context, node, x, outputs.output, positions, { axes: positionsOf(dims, axis, shape), run: 1 });
    return undefined;
  },
);

function lowerScatter(schema: typeof scatterElementsSchema | typeof scatterSchema): Lowering {
  return defineLowering(schema, kernelsOf(anyElements), (context, node, { attributes, inputs, outputs }) => {
    const { data: x, indices, updates } = inputs;
    const [dims, shape] = [context.tensors.storedDims(x), context.values.sizedDims(indices)];
    if (dims === undefined || shape === undefined || elementOf(context, x) === undefined) return unfitValue;
    if (!areReadable(context, indices) || context.tensors.storedDims(updates) === undefined) return unfitValue;
    const axis = normalizeAxis(attributes.axis, dims.length);
    const all = positionsOf(dims, axis, shape);
    const positions = { value: indices, axes: [axis], dims };
    addScatter(context, node, { x, updates, result: outputs.output }, positions, {
      // Elements that differ in another coordinate than the one along the axis have different places.
      axes: all.filter((_, i) => i !== axis),
      ordered: [all[axis]!],
      run: 1,
      reduction: attributes.reduction,
    });
    return undefined;
  });
}

export const elementIndexingLowerings: readonly Lowering[] = [
  lowerGatherElements,
  lowerScatter(scatterElementsSchema),
  lowerScatter(scatterSchema),
];
