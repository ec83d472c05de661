/** Pad: elements added around a tensor, or with negative pads taken off. */
import { fail } from '../../diagnostics.js';
import { add, type Dim, rangeOf } from '../../ir/dim.js';
import type { ElementType } from '../../ir/element-type.js';
import { integersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { constantsOf, dimsOf, type Quantity, symbolicTensor } from '../../ir/quantity.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, rowMajorStrides, Tensor, type TensorData } from '../../ir/tensor.js';
import { float, ints, text } from '../attributes.js';
import { allocateChecked, checkTensorSize } from '../creation/target-shape.js';
import {
  defineOperator,
  type InferContext,
  normalizeAxis,
  type Operator,
  type ReferenceContext,
  tensorAt,
} from '../operator.js';

const attributes = {
  mode: text('constant').oneOf('constant', 'reflect', 'edge', 'wrap'),
  pads: ints().before(11),
  paddings: ints().before(2),
  value: float(0).before(11),
};

interface PadAttributes {
  readonly mode: 'constant' | 'reflect' | 'edge' | 'wrap';
  readonly pads: readonly number[] | undefined;
  readonly paddings: readonly number[] | undefined;
  readonly value: number;
}

/** Pads of all axes, begins then ends, from those of `axes`. */
function spread<D extends Dim>(pads: readonly D[], axes: readonly number[] | undefined, rank: number, none: D): D[] {
  const places = axes?.map((axis) => normalizeAxis(axis, rank)) ?? Array.from({ length: rank }, (_, axis) => axis);
  if (pads.length !== 2 * places.length) {
    fail('US1209', 'the pads do not fit the tensor', {
      value: 'pads',
      expected: `${2 * places.length} entries, begins then ends`,
      actual: `${pads.length}`,
    });
  }
  const all = new Array<D>(2 * rank).fill(none);
  places.forEach((axis, i) => {
    all[axis] = pads[i]!;
    all[axis + rank] = pads[i + places.length]!;
  });
  return all;
}

function knownPads(context: InferContext<PadAttributes>, rank: number): readonly Dim[] | undefined {
  const { pads, paddings } = context.attributes;
  if (context.version < 11) {
    const given = context.version < 2 ? paddings : pads;
    if (given === undefined) fail('US1302', "the attribute 'pads' is required", { value: 'pads' });
    return spread(given, undefined, rank, 0);
  }
  const known = context.known(1);
  const given = known && dimsOf(known);
  if (given === undefined) return undefined;
  if (context.inputs[3] === undefined) return spread<Dim>(given, undefined, rank, 0);
  const axes = context.known(3);
  const places = axes && constantsOf(axes);
  return places && spread<Dim>(given, places, rank, 0);
}

function padShape(context: InferContext<PadAttributes>): Shape | undefined {
  const data = context.shape(0);
  if (data === undefined) return undefined;
  const pads = knownPads(context, data.length);
  if (pads === undefined) return data.map(() => context.fresh('the pads are computed at run time'));
  return data.map((size, axis) => {
    const padded = add(size, pads[axis]!, pads[axis + data.length]!);
    if (rangeOf(padded).max < 0) {
      fail('US1207', `the pads crop more of axis ${axis} than there is`, {
        value: 'pads',
        expected: 'a size of at least 0',
        actual: `${size} + ${pads[axis]} + ${pads[axis + data.length]} = ${padded}`,
      });
    }
    return padded;
  });
}

/** Where in an axis of `size` the padded position `i` (counted from the tensor's first element) looks; −1: nowhere. */
function sourceOf(i: number, size: number, mode: PadAttributes['mode']): number {
  if (i >= 0 && i < size) return i;
  switch (mode) {
    case 'constant':
      return -1;
    case 'edge':
      return i < 0 ? 0 : size - 1;
    case 'wrap':
      return ((i % size) + size) % size;
    case 'reflect': {
      if (size === 1) return 0;
      const period = 2 * (size - 1);
      const at = ((i % period) + period) % period;
      return at < size ? at : period - at;
    }
  }
}

interface Padding {
  readonly dims: readonly number[];
  /** For every element of the result, its source; −1 for the constant. */
  readonly sources: Int32Array;
}

function padding(dims: readonly number[], pads: readonly number[], mode: PadAttributes['mode']): Padding {
  const rank = dims.length;
  const strides = rowMajorStrides(dims);
  const target = dims.map((size, axis) => size + pads[axis]! + pads[axis + rank]!);
  if (target.some((size) => size < 0)) {
    fail('US1207', 'the pads crop more than there is', {
      value: 'pads',
      expected: 'sizes of at least 0',
      actual: formatShape(target),
    });
  }
  if (mode !== 'constant' && elementCount(target) > 0 && elementCount(dims) === 0) {
    fail('US1211', `an empty tensor has nothing to pad with in mode '${mode}'`, { actual: formatShape(dims) });
  }
  const tables = target.map((size, axis) =>
    Int32Array.from({ length: size }, (_, i) => sourceOf(i - pads[axis]!, dims[axis]!, mode)),
  );
  const sources = new Int32Array(elementCount(target));
  const position = new Array<number>(rank).fill(0);
  for (let at = 0; at < sources.length; at++) {
    let source = 0;
    for (let axis = 0; axis < rank; axis++) {
      const place = tables[axis]![position[axis]!]!;
      source = place < 0 || source < 0 ? -1 : source + place * strides[axis]!;
    }
    sources[at] = source;
    for (let axis = rank - 1; axis >= 0 && ++position[axis]! === target[axis]!; axis--) position[axis] = 0;
  }
  return { dims: target, sources };
}

function runPads(context: ReferenceContext<PadAttributes>, rank: number): readonly number[] {
  const { pads, paddings } = context.attributes;
  if (context.version < 11) return spread((context.version < 2 ? paddings : pads) ?? [], undefined, rank, 0);
  const axes = context.inputs[3] && integersOf(context.inputs[3]);
  return spread(integersOf(tensorAt(context, 1)), axes, rank, 0);
}

/** The constant: the attribute before version 11, the third input from then on, zero or '' without. */
function fillOf(context: ReferenceContext<PadAttributes>, type: ElementType): TensorData[number] | undefined {
  if (context.version < 11) return tensorFromNumbers(type, [1], [context.attributes.value]).data[0];
  return context.inputs[2]?.data[0];
}

export const padded: readonly Operator[] = [
  defineOperator({
    name: 'Pad',
    versions: [1, 2, 11, 13, 18, 19, 21, 23, 24, 25],
    inputs: [1, 4],
    outputs: [1, 1],
    attributes,
    infer: (context) => [tensorType(context.elementType(0), padShape(context))],
    symbolic: (context) => {
      const data = context.known(0);
      const pads = data && knownPads(context, data.dims.length);
      if (data === undefined || pads === undefined || !pads.every((pad) => typeof pad === 'number')) return undefined;
      const fill: Quantity | undefined = context.inputs[2] === undefined ? 0 : context.known(2)?.elements[0];
      const { dims, sources } = padding(data.dims, pads, context.attributes.mode);
      if (fill === undefined || context.version < 11) return undefined;
      return [
        symbolicTensor(
          data.type,
          dims,
          Array.from(sources, (source) => (source < 0 ? fill : data.elements[source]!)),
        ),
      ];
    },
    reference: (context) => {
      const { type, dims, data } = tensorAt(context, 0);
      const pads = runPads(context, dims.length);
      checkTensorSize(
        type,
        dims.map((size, axis) => Math.max(0, size + pads[axis]! + pads[axis + dims.length]!)),
      );
      const { dims: target, sources } = padding(dims, pads, context.attributes.mode);
      const out = allocateChecked(type, target) as { [index: number]: unknown };
      const fill = fillOf(context, type);
      for (let i = 0; i < sources.length; i++) {
        const source = sources[i]!;
        if (source >= 0) out[i] = data[source];
        else if (fill !== undefined) out[i] = fill;
      }
      return [new Tensor(type, target, out as TensorData)];
    },
  }),
];
