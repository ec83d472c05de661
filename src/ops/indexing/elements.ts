/** GatherElements, and ScatterElements with its older name Scatter: one element along an axis for each index. */
import { defineProblem, fail } from '../../diagnostics.js';
import { rangeOf, sub } from '../../ir/dim.js';
import { formatShape, type Shape, type TensorType, tensorType } from '../../ir/shape.js';
import { rowMajorStrides, type Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { normalizeAxis, shapeOfRank, tensorAt } from '../arguments.js';
import { commonElementType } from '../elementwise/binary.js';
import { forEachRun } from '../elementwise/runs.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator, type ReferenceContext } from '../operator.js';
import { fetchSymbolic, fetchTensor, replaceSymbolic, replaceTensor } from './copy.js';
import {
  checkUpdates,
  type Indices,
  indicesAt,
  knownIndices,
  normalizeIndex,
  placeOf,
  requireIndices,
} from './indices.js';
import { type Reduction, reduceInto, requireReducible } from './reduction.js';
import { gatherElementsSchema, scatterElementsSchema, scatterSchema } from './schemas.js';

/**
 * Visits every index with its row-major position among the indices, and the row-major position in data of shape `dims`
 * that has the index as its coordinate along `axis` and the coordinates of the index itself along other axes.
 */
function forEachIndexed(
  dims: readonly number[],
  axis: number,
  indices: Indices,
  visit: (at: number, place: number) => void,
): void {
  checkReach(dims, axis, indices.dims);
  const strides = rowMajorStrides(dims);
  const stride = strides[axis]!;
  const base = strides.map((step, i) => (i === axis ? 0 : step));
  forEachRun(indices.dims, [base], ({ start, length, from, step }) => {
    for (let i = 0; i < length; i++) {
      const at = start + i;
      const index = normalizeIndex(indices.values[at]!, dims[axis]!, axis, () => placeOf(indices.dims, at));
      visit(at, from[0]! + i * step[0]! + index * stride);
    }
  });
}

const indexRankMisfit = defineProblem('US1201', { data: 'shape', indices: 'shape' }, ({ data, indices }) => ({
  message: 'data and indices must have one rank',
  value: 'indices',
  expected: `rank ${data.length}, as data ${formatShape(data)}`,
  actual: formatShape(indices),
}));

const indicesReachBeyond = defineProblem(
  'US1202',
  { axis: 'integer', dataSize: 'size', indicesSize: 'size' },
  ({ axis, dataSize, indicesSize }) => ({
    message: `indices reach beyond the data at axis ${axis}`,
    value: 'indices',
    expected: `at most ${dataSize}`,
    actual: String(indicesSize),
  }),
);

/** Checks that the indices do not exceed the data along other axes. */
function checkReach(data: Shape, axis: number, indices: Shape): void {
  if (data.length !== indices.length) {
    fail(indexRankMisfit({ data, indices }));
  }
  const beyond = indices.findIndex((size, i) => i !== axis && rangeOf(sub(size, data[i]!)).min > 0);
  if (beyond < 0) return;
  fail(indicesReachBeyond({ axis: beyond, dataSize: data[beyond]!, indicesSize: indices[beyond]! }));
}

interface AxisAttributes {
  readonly axis: number;
}

function checkIndices(context: InferContext<AxisAttributes>): void {
  const data = shapeOfRank(context, 0, 'data', { min: 1 });
  requireIndices(context.elementType(1));
  const indices = context.shape(1);
  if (data === undefined || indices === undefined) return;
  checkReach(data, normalizeAxis(context.attributes.axis, data.length), indices);
}

interface ScatterAttributes extends AxisAttributes {
  readonly reduction: Reduction;
}

const updatesDiffer = defineProblem(
  'US1202',
  { updates: 'shape', indices: 'shape', axis: 'integer', expected: 'size', actual: 'size' },
  ({ updates, indices, expected, actual }) => ({
    message: `updates ${formatShape(updates)} do not have the shape of the indices ${formatShape(indices)}`,
    value: 'updates',
    expected: String(expected),
    actual: String(actual),
  }),
);

function inferScatter(context: InferContext<ScatterAttributes>): readonly TensorType[] {
  checkIndices(context);
  const updates = context.shape(2);
  const indices = updates && shapeOfRank(context, 1, 'indices', { min: updates.length, max: updates.length });
  indices?.forEach((size, axis) => {
    agree(context, size, updates![axis]!, `sizes of indices and updates at axis ${axis}`, (sizes) =>
      updatesDiffer({ updates: updates!, indices, axis, ...sizes }),
    );
  });
  const type = commonElementType([context.inputs[0], context.inputs[2]]);
  requireReducible(type, context.attributes.reduction);
  return [tensorType(type, context.shape(0))];
}

function followScatter(context: InferContext<ScatterAttributes>) {
  const data = context.partlyKnown(0);
  const indices = knownIndices(context);
  const updates = context.withUnknowns(2);
  if (data === undefined || indices === undefined || updates === undefined) return undefined;
  if (context.attributes.reduction !== 'none') return undefined;
  const axis = normalizeAxis(context.attributes.axis, data.dims.length);
  return [
    replaceSymbolic(data, updates, (copy) => {
      forEachIndexed(data.dims, axis, indices, (at, place) => copy(place, at, 1));
    }),
  ];
}

function scatter(context: ReferenceContext<ScatterAttributes>): readonly Tensor[] {
  const data = tensorAt(context, 0);
  const indices = indicesAt(context);
  const updates = tensorAt(context, 2);
  const axis = normalizeAxis(context.attributes.axis, data.dims.length);
  checkUpdates(data, updates, indices.dims);
  const { reduction } = context.attributes;
  if (reduction === 'none') {
    return [
      replaceTensor(data, updates, (copy) => {
        forEachIndexed(data.dims, axis, indices, (at, place) => copy(place, at, 1));
      }),
    ];
  }
  return [
    reduceInto(data, updates, reduction, (combine) => {
      forEachIndexed(data.dims, axis, indices, (at, place) => combine(place, at, 1));
    }),
  ];
}

export const elementIndexing: readonly Operator[] = [
  defineOperator({
    ...gatherElementsSchema,
    infer: (context) => {
      checkIndices(context);
      return [tensorType(context.elementType(0), context.shape(1))];
    },
    symbolic: (context) => {
      const data = context.partlyKnown(0);
      const indices = knownIndices(context);
      if (data === undefined || indices === undefined) return undefined;
      const axis = normalizeAxis(context.attributes.axis, data.dims.length);
      return [
        fetchSymbolic(data, indices.dims, (copy) => {
          forEachIndexed(data.dims, axis, indices, (at, place) => copy(at, place, 1));
        }),
      ];
    },
    reference: (context) => {
      const data = tensorAt(context, 0);
      const indices = indicesAt(context);
      const axis = normalizeAxis(context.attributes.axis, data.dims.length);
      return [
        fetchTensor(data, indices.dims, (copy) => {
          forEachIndexed(data.dims, axis, indices, (at, place) => copy(at, place, 1));
        }),
      ];
    },
  }),
  defineOperator({
    ...scatterElementsSchema,
    infer: inferScatter,
    symbolic: followScatter,
    reference: scatter,
  }),
  defineOperator({
    ...scatterSchema,
    removedIn: 11,
    infer: inferScatter,
    symbolic: followScatter,
    reference: scatter,
  }),
];
