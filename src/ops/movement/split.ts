/** Split: an axis into parts. */
import { fail } from '../../diagnostics.js';
import { add, ceilDiv, type Dim, divideExact, rangeOf, sub } from '../../ir/dim.js';
import { integersOf } from '../../ir/numeric.js';
import { dimsOf } from '../../ir/quantity.js';
import { formatShape, tensorType } from '../../ir/shape.js';
import { rowMajorStrides } from '../../ir/tensor.js';
import { int, ints } from '../attributes.js';
import { defineOperator, type InferContext, normalizeAxis, type Operator, tensorAt } from '../operator.js';
import { type Gathered, pickSymbolic, pickTensor } from './elements.js';
import { stridedIndices } from './strided.js';

interface SplitAttributes {
  readonly axis: number;
  readonly split: readonly number[] | undefined;
  readonly num_outputs: number | undefined;
}

/**
 * The parts of an axis. From version 18 on they may be uneven, the last one being smaller; before, and where sizes are
 * open, `outputs` parts must divide the axis.
 */
function evenParts(size: Dim, outputs: number, isUnevenAllowed: boolean): readonly Dim[] {
  const part = divideExact(size, outputs);
  if (part !== undefined && (typeof part !== 'number' || Number.isInteger(part)))
    return new Array<Dim>(outputs).fill(part);
  const most = ceilDiv(size, outputs);
  const last = sub(size, mulBy(most, outputs - 1));
  if (!isUnevenAllowed || rangeOf(last).max < 0) {
    fail('US1211', `an axis of size ${size} does not split into ${outputs} equal parts`, {
      expected: `a multiple of ${outputs}`,
      actual: String(size),
      hint: 'give the sizes of the parts',
    });
  }
  return [...new Array<Dim>(outputs - 1).fill(most), last];
}

function mulBy(dim: Dim, count: number): Dim {
  return add(...new Array<Dim>(count).fill(dim));
}

function checkParts(parts: readonly Dim[], size: Dim, outputs: number): void {
  const total = add(0, ...parts);
  const { min, max } = rangeOf(sub(total, size));
  if (parts.length === outputs && min <= 0 && max >= 0 && parts.every((part) => rangeOf(part).max >= 0)) return;
  fail('US1211', `the parts of the Split do not fill the axis of size ${size}`, {
    value: 'split',
    expected: `${outputs} sizes that add up to ${size}`,
    actual: `${formatShape(parts)}, together ${total}`,
  });
}

/** How many parts there are: num_outputs, or one an output. */
function countOf({ num_outputs }: SplitAttributes, outputCount: number): number {
  if (num_outputs === undefined || num_outputs === outputCount) return outputCount;
  if (num_outputs < outputCount || num_outputs < 1) {
    fail('US1304', "the attribute 'num_outputs' differs from the outputs", {
      value: 'num_outputs',
      expected: String(outputCount),
      actual: String(num_outputs),
    });
  }
  return num_outputs;
}

function knownParts(context: InferContext<SplitAttributes>): readonly Dim[] | 'even' | undefined {
  if (context.version < 13 && context.version !== 1) return context.attributes.split ?? 'even';
  if (context.inputs[1] === undefined) return context.attributes.split ?? 'even';
  const known = context.known(1);
  return known && dimsOf(known);
}

function splitTypes(context: InferContext<SplitAttributes>) {
  const { attributes, outputCount } = context;
  const data = context.shape(0);
  const type = context.elementType(0);
  const untyped = () => Array.from({ length: outputCount }, () => tensorType(type, undefined));
  if (data === undefined) return untyped();
  const axis = normalizeAxis(attributes.axis, data.length);
  const size = data[axis]!;
  const given = knownParts(context);
  const parts =
    given === undefined
      ? Array.from({ length: outputCount }, () => context.fresh('the parts of the Split are computed at run time'))
      : given === 'even'
        ? openParts(context, size)
        : given;
  if (given !== undefined && given !== 'even') checkParts(parts, size, outputCount);
  return parts.slice(0, outputCount).map((part) => tensorType(type, data.with(axis, part)));
}

function openParts(context: InferContext<SplitAttributes>, size: Dim): readonly Dim[] {
  const count = countOf(context.attributes, context.outputCount);
  const parts = evenParts(size, count, context.version >= 18 || typeof size !== 'number');
  if (context.version < 18 && typeof size !== 'number') {
    context.unify(mulBy(parts[0]!, count), size, `${count} equal parts and the axis they split`);
    return parts.map(() => parts[0]!);
  }
  return parts;
}

function part(dims: readonly number[], axis: number, begin: number, size: number): Gathered {
  const strides = rowMajorStrides(dims);
  const target = dims.with(axis, size);
  return { dims: target, indices: stridedIndices(target, strides, begin * strides[axis]!) };
}

function parts(dims: readonly number[], axis: number, sizes: readonly number[]): Gathered[] {
  let begin = 0;
  return sizes.map((size) => {
    const piece = part(dims, axis, begin, size);
    begin += size;
    return piece;
  });
}

export const splitting: readonly Operator[] = [
  defineOperator({
    name: 'Split',
    versions: [1, 2, 11, 13, 18],
    inputs: [1, 2],
    outputs: [1, Number.POSITIVE_INFINITY],
    attributes: { axis: int(0), split: ints().before(13), num_outputs: int().from(18) },
    infer: splitTypes,
    symbolic: (context) => {
      const data = context.known(0);
      const given = knownParts(context);
      if (data === undefined || given === undefined) return undefined;
      const axis = normalizeAxis(context.attributes.axis, data.dims.length);
      const sizes = given === 'even' ? openParts(context, data.dims[axis]!) : given;
      if (!sizes.every((size) => typeof size === 'number')) return undefined;
      return parts(data.dims, axis, sizes).map((piece) => pickSymbolic(data, piece));
    },
    reference: (context) => {
      const data = tensorAt(context, 0);
      const { attributes, outputCount, version } = context;
      const axis = normalizeAxis(attributes.axis, data.dims.length);
      const size = data.dims[axis]!;
      const given = context.inputs[1] === undefined ? attributes.split : integersOf(context.inputs[1]);
      if (given !== undefined) checkParts(given, size, outputCount);
      const sizes = given ?? (evenParts(size, countOf(attributes, outputCount), version >= 18) as readonly number[]);
      return parts(data.dims, axis, sizes)
        .slice(0, outputCount)
        .map((piece) => pickTensor(data, piece));
    },
  }),
];
