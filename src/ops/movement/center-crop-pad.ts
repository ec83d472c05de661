/** CenterCropPad: crops a tensor to its middle, or pads it with zeros, to the requested size. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { Dim } from '../../ir/dim.js';
import { integersOf } from '../../ir/numeric.js';
import { isConcrete, type Shape, tensorType } from '../../ir/shape.js';
import { Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { ints } from '../attributes.js';
import { allocateChecked, checkSizes, requestedShape } from '../creation/target-shape.js';
import { openSizes } from '../expansion.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, type Operator } from '../operator.js';
import { required } from '../signature.js';
import { anyType, indexTypes } from '../type-set.js';
import { allAxes, normalizeAxes } from './axes.js';
import { requireList } from './integer-list.js';
import { padInto } from './padding.js';

/** The axes that the entries of `shape` belong to. */
function axesOf(axes: readonly number[] | undefined, rank: number): readonly number[] {
  return axes === undefined ? allAxes(rank) : normalizeAxes(axes, rank);
}

const cropShapeMisfit = defineProblem('US1209', { axes: 'integer', sizes: 'integer' }, ({ axes, sizes }) => ({
  message: 'the shape does not fit the axes',
  value: 'shape',
  expected: `${axes} sizes`,
  actual: `${sizes}`,
}));

/** The sizes of the result. */
function targetOf<D extends Dim>(dims: readonly D[], axes: readonly number[], sizes: readonly D[]): D[] {
  if (sizes.length !== axes.length) {
    fail(cropShapeMisfit({ axes: axes.length, sizes: sizes.length }));
  }
  checkSizes(sizes, 'shape');
  const target = [...dims];
  axes.forEach((axis, i) => {
    target[axis] = sizes[i]!;
  });
  return target;
}

function centerShape(context: InferContext<{ readonly axes: readonly number[] | undefined }>): Shape | undefined {
  requireList(context, 1, 'shape');
  const data = context.shape(0);
  const { axes } = context.attributes;
  const reason = (i: number) => `the size ${i} of the shape is computed at run time`;
  const sizes = requestedShape(context, 1, reason);
  // Without `axes`, the shape has an entry for every axis, so its length is the rank.
  if (data === undefined) return axes === undefined ? sizes : undefined;
  const places = axesOf(axes, data.length);
  return targetOf(data, places, sizes ?? places.map((_, i) => context.fresh(reason(i))));
}

/** Pads at begins and ends; an odd element is cropped or added at the end. */
function padsOf(dims: readonly number[], target: readonly number[]): number[] {
  const begins = dims.map((size, axis) => Math.trunc((target[axis]! - size) / 2));
  return [...begins, ...dims.map((size, axis) => target[axis]! - size - begins[axis]!)];
}

export const centerCropPad: readonly Operator[] = [
  defineOperator({
    name: 'CenterCropPad',
    versions: [18],
    inputs: [required('input_data', 'T'), required('shape', 'Tind')],
    outputs: [required('output_data', 'T')],
    types: { T: anyType, Tind: indexTypes },
    attributes: { axes: ints() },
    infer: (context) => [tensorType(context.elementType(0), centerShape(context))],
    reference: (context) => {
      const { type, dims, data } = tensorAt(context, 0);
      const sizes = integersOf(tensorAt(context, 1));
      const target = targetOf(dims, axesOf(context.attributes.axes, dims.length), sizes);
      const out = allocateChecked(type, target);
      padInto(data, dims, padsOf(dims, target), 'constant', out as { [index: number]: unknown });
      return [new Tensor(type, target, out)];
    },
    expand: ({ attributes, inputs, outputs }, expansion) => {
      const dims = expansion.facts.shape(inputs.input_data);
      const sizes = expansion.facts.numbers(inputs.shape);
      if (dims === undefined || !isConcrete(dims) || sizes === undefined) return openSizes;
      const pads = padsOf(dims, targetOf(dims, axesOf(attributes.axes, dims.length), sizes));
      const cropped = dims.flatMap((_, axis) => (pads[axis]! < 0 || pads[axis + dims.length]! < 0 ? [axis] : []));
      let value = inputs.input_data;
      for (const axis of cropped) {
        const end = dims[axis]! + Math.min(0, pads[axis + dims.length]!);
        value = expansion.slice(value, axis, Math.max(0, -pads[axis]!), end);
      }
      expansion.add('Pad', [value, expansion.integers(pads.map((pad) => Math.max(0, pad)))], {
        output: outputs.output_data,
      });
      return undefined;
    },
  }),
];
