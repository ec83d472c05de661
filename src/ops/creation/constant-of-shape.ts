/** ConstantOfShape: a tensor of a given shape filled with one value. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { Constant } from '../../ir/graph.js';
import { integersOf } from '../../ir/numeric.js';
import { maxKnownElements, symbolicFromTensor, symbolicTensor } from '../../ir/quantity.js';
import { isConcrete, type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorOfRank } from '../arguments.js';
import { constant } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { anyNumberOrBool, int64s } from '../type-set.js';
import { allocateChecked, checkSizes, requestedShape } from './target-shape.js';

const fillNotOneElement = defineProblem('US1304', { elements: 'integer' }, ({ elements }) => ({
  message: "the attribute 'value' has one element",
  value: 'value',
  expected: '1 element',
  actual: `${elements} elements`,
}));

function fillValue(value: Constant | undefined): Tensor {
  if (value === undefined) return new Tensor('float32', [1], new Float32Array(1));
  if (elementCount(value.dims) === 1) return value.load();
  fail(fillNotOneElement({ elements: elementCount(value.dims) }));
}

function shapeOf(context: InferContext<unknown>): Shape | undefined {
  shapeOfRank(context, 0, 'input', { min: 1, max: 1 });
  const dims = requestedShape(context, 0, (axis) => `the size of axis ${axis} is computed at run time`);
  if (dims !== undefined) checkSizes(dims, 'input');
  return dims;
}

export const constantOfShape = family(
  defineOperator({
    name: 'ConstantOfShape',
    versions: [9, 20, 21, 23, 24, 25],
    inputs: [required('input', int64s)],
    outputs: [required('output', 'T2')],
    types: { T2: anyNumberOrBool },
    attributes: { value: constant() },
    infer: (context) => [tensorType(context.attributes.value?.type ?? 'float32', shapeOf(context))],
    symbolic: (context) => {
      const shape = shapeOf(context);
      if (shape === undefined || !isConcrete(shape) || elementCount(shape) > maxKnownElements) return undefined;
      const fill = symbolicFromTensor(fillValue(context.attributes.value));
      if (fill === undefined) return undefined;
      return [symbolicTensor(fill.type, shape, new Array(elementCount(shape)).fill(fill.elements[0]!))];
    },
    reference: (context) => {
      const dims = integersOf(tensorOfRank(context, 0, 'input', { min: 1, max: 1 }));
      const { type, data } = fillValue(context.attributes.value);
      const out = allocateChecked(type, dims);
      (out as unknown[]).fill(data[0]);
      return [new Tensor(type, dims, out)];
    },
  }),
);
