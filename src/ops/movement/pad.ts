/** Pad: adds elements around a tensor, or crops it if pads are negative. */

import { defineProblem, fail } from '../../diagnostics.js';
import { add, type Dim, rangeOf } from '../../ir/dim.js';
import type { ElementType } from '../../ir/element-type.js';
import { integersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { constantsOf, type Quantity, symbolicTensor } from '../../ir/quantity.js';
import { type Shape, tensorType } from '../../ir/shape.js';
import { elementCount, Tensor, type TensorData } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { float, ints, text } from '../attributes.js';
import { allocateChecked, partlyKnownDims } from '../creation/target-shape.js';
import type { InferContext } from '../infer-context.js';
import { type BoundAttributes, defineOperator, family, type ReferenceContext } from '../operator.js';
import { optional, required } from '../signature.js';
import { anyType, bfloat16s, classicTypes, indexTypes, int64s, numbers, reals } from '../type-set.js';
import { allAxes, normalizeAxes } from './axes.js';
import { requireList } from './integer-list.js';
import { failNegative, type PaddingMode, paddedDims, paddingModes, padInto } from './padding.js';

const attributes = {
  mode: text('constant').oneOf(...paddingModes),
  pads: ints().requiredBefore(11).from(2).before(11),
  paddings: ints().requiredBefore(2).before(2),
  value: float(0).before(11),
};

interface PadAttributes {
  readonly mode: PaddingMode;
  readonly pads: readonly number[] | undefined;
  readonly paddings: readonly number[] | undefined;
  readonly value: number;
}

const padsMisfit = defineProblem(
  'US1209',
  { expectedCount: 'integer', count: 'integer' },
  ({ expectedCount, count }) => ({
    message: 'the pads do not fit the tensor',
    value: 'pads',
    expected: `${expectedCount} entries, begins then ends`,
    actual: `${count}`,
  }),
);

/** Pads of all axes, begins then ends, from those of `axes`. @throws ProblemError if their number does not fit */
export function spreadPads<P>(pads: readonly P[], axes: readonly number[] | undefined, rank: number, none: P): P[] {
  const places = axes === undefined ? allAxes(rank) : normalizeAxes(axes, rank);
  if (pads.length !== 2 * places.length) {
    fail(padsMisfit({ expectedCount: 2 * places.length, count: pads.length }));
  }
  const all = new Array<P>(2 * rank).fill(none);
  places.forEach((axis, i) => {
    all[axis] = pads[i]!;
    all[axis + rank] = pads[i + places.length]!;
  });
  return all;
}

/**
 * Begins and ends of every axis, with undefined for those that are computed at run time; undefined if the padded axes
 * are unknown.
 */
function knownPads(context: InferContext<PadAttributes>, rank: number): readonly (Dim | undefined)[] | undefined {
  if (context.version < 11) return spreadPads(attributePads(context), undefined, rank, 0);
  requireList(context, 1, 'pads');
  requireList(context, 3, 'axes');
  const axes = context.inputs[3] === undefined ? allAxes(rank) : axesOf(context);
  if (axes === undefined) return undefined;
  const given = partlyKnownDims(context, 1);
  return spreadPads<Dim | undefined>(given ?? new Array(2 * axes.length).fill(undefined), axes, rank, 0);
}

function axesOf(context: InferContext<PadAttributes>): readonly number[] | undefined {
  const axes = context.known(3);
  return axes && constantsOf(axes);
}

/** Pads of versions before 11, which require the attribute. */
function attributePads({ version, attributes }: Pick<ReferenceContext<PadAttributes>, 'version' | 'attributes'>) {
  return (version < 2 ? attributes.paddings : attributes.pads)!;
}

function padShape(context: InferContext<PadAttributes>): Shape | undefined {
  const data = context.shape(0);
  if (data === undefined) return undefined;
  const pads = knownPads(context, data.length);
  if (pads === undefined) return data.map(() => context.fresh('the axes of the Pad are computed at run time'));
  return data.map((size, axis) => {
    const before = pads[axis];
    const after = pads[axis + data.length];
    if (before === undefined || after === undefined) return context.fresh('the pads are computed at run time');
    const padded = add(size, before, after);
    if (rangeOf(padded).max < 0) failNegative(axis, size, before, after, padded);
    return padded;
  });
}

function runPads(context: ReferenceContext<PadAttributes>, rank: number): readonly number[] {
  if (context.version < 11) return spreadPads(attributePads(context), undefined, rank, 0);
  const axes = context.inputs[3] && integersOf(context.inputs[3]);
  return spreadPads(integersOf(tensorAt(context, 1)), axes, rank, 0);
}

/** The padding constant: the attribute before version 11, the third input since then; undefined for zero and ''. */
function fillOf(context: ReferenceContext<PadAttributes>, type: ElementType): TensorData[number] | undefined {
  if (context.version < 11) return tensorFromNumbers(type, [1], [context.attributes.value]).data[0];
  return context.inputs[2]?.data[0];
}

/**
 * Begins, then ends of all axes, and the padding constant, for an input of these dims.
 * @param numbersAt the elements of input i if they are known before running
 * @returns undefined if they are computed at run time
 */
export function padsAt(
  { version, attributes: read }: BoundAttributes<typeof attributes>,
  inputs: readonly unknown[],
  dims: readonly number[],
  numbersAt: (i: number) => readonly number[] | undefined,
): { readonly pads: readonly number[]; readonly mode: PaddingMode; readonly value: number } | undefined {
  const rank = dims.length;
  if (version < 11) {
    const pads = spreadPads(attributePads({ version, attributes: read }), undefined, rank, 0);
    return { pads, mode: read.mode, value: read.value };
  }
  const isGiven = [1, 2, 3].every((i) => inputs[i] === undefined || numbersAt(i) !== undefined);
  if (!isGiven) return undefined;
  return { pads: spreadPads(numbersAt(1)!, numbersAt(3), rank, 0), mode: read.mode, value: numbersAt(2)?.[0] ?? 0 };
}

/** Begins, then ends of all axes as far as sizes tell them; undefined if they, or the axes, are computed at run time. */
export function padDims(
  { version, attributes: read }: BoundAttributes<typeof attributes>,
  inputs: readonly unknown[],
  rank: number,
  dimsAt: (i: number) => readonly Dim[] | undefined,
): readonly Dim[] | undefined {
  if (version < 11) return spreadPads(attributePads({ version, attributes: read }), undefined, rank, 0);
  const [pads, axes] = [dimsAt(1), inputs[3] === undefined ? allAxes(rank) : dimsAt(3)];
  if (pads === undefined || !axes?.every((axis) => typeof axis === 'number')) return undefined;
  return spreadPads<Dim>(pads, axes, rank, 0);
}

export const padded = family(
  defineOperator({
    name: 'Pad',
    versions: [1, 2, 11, 13, 18, 19, 21, 23, 24, 25],
    inputs: [
      required('data', 'T'),
      required('pads', int64s).from(11),
      optional('constant_value', 'T').from(11),
      optional('axes', 'Tind').from(18),
    ],
    outputs: [required('output', 'T')],
    types: { T: reals.from(11, numbers).from(13, classicTypes, bfloat16s).from(21, anyType), Tind: indexTypes },
    attributes,
    infer: (context) => [tensorType(context.elementType(0), padShape(context))],
    symbolic: (context) => {
      const data = context.partlyKnown(0);
      if (data === undefined || context.version < 11) return undefined;
      const pads = knownPads(context, data.dims.length);
      const fill = context.inputs[2] === undefined ? 0 : context.known(2)?.elements[0];
      if (fill === undefined || !pads?.every((pad) => typeof pad === 'number')) return undefined;
      const dims = paddedDims(data.dims, pads);
      const elements = new Array<Quantity>(elementCount(dims)).fill(fill);
      padInto(data.elements, data.dims, pads, context.attributes.mode, elements);
      return [symbolicTensor(data.type, dims, elements)];
    },
    reference: (context) => {
      const { type, dims, data } = tensorAt(context, 0);
      const pads = runPads(context, dims.length);
      const target = paddedDims(dims, pads);
      const out = allocateChecked(type, target);
      const fill = fillOf(context, type);
      if (fill !== undefined) (out as { fill(value: unknown): unknown }).fill(fill);
      padInto(data, dims, pads, context.attributes.mode, out as { [index: number]: unknown });
      return [new Tensor(type, target, out)];
    },
  }),
);
