/** Split: divides an axis into parts. */
import { defineProblem, fail, type Problem, ProblemError } from '../../diagnostics.js';
import { add, ceilDiv, type Dim, floorDiv, mul, sub } from '../../ir/dim.js';
import { integersOf } from '../../ir/numeric.js';
import { constantsOf, dimsOf } from '../../ir/quantity.js';
import { formatShape, type Shape, type TensorType, tensorType } from '../../ir/shape.js';
import { rowMajorStrides } from '../../ir/tensor.js';
import { normalizeAxis, tensorAt } from '../arguments.js';
import { int, ints } from '../attributes.js';
import { checkSizes } from '../creation/target-shape.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family, type ReferenceContext } from '../operator.js';
import { optional, required, variadic } from '../signature.js';
import { stridedIndices } from '../strided.js';
import { anyType, int64s } from '../type-set.js';
import { type Gathered, pickSymbolic, pickTensor } from './elements.js';
import { requireList } from './integer-list.js';

interface SplitAttributes {
  readonly axis: number;
  readonly split: readonly number[] | undefined;
  readonly num_outputs: number | undefined;
}

type SplitNode = Pick<ReferenceContext<SplitAttributes>, 'version' | 'attributes' | 'outputCount'>;

/** The parts of an axis, including those that are not outputs; undefined if the axis is divided evenly. */
type Parts<D extends Dim> = readonly D[] | undefined;

const splitCountMisfit = defineProblem(
  'US1304',
  { outputs: 'integer', numOutputs: 'integer' },
  ({ outputs, numOutputs }) => ({
    message: "the attribute 'num_outputs' does not fit the outputs",
    value: 'num_outputs',
    expected: String(outputs),
    actual: String(numOutputs),
  }),
);

/** The number of parts of an axis that is divided evenly: num_outputs, or the number of outputs. */
function countOf({ attributes: { num_outputs }, outputCount }: SplitNode): number {
  if (num_outputs === undefined) return outputCount;
  if (num_outputs >= outputCount && num_outputs < 2 ** 31) return num_outputs;
  fail(splitCountMisfit({ outputs: outputCount, numOutputs: num_outputs }));
}

/**
 * Sizes of the outputs of an evenly divided axis, and their sum. From version 18 on the last part may be smaller;
 * before, all are equal, so the sum may be less than the axis.
 */
function shares(node: SplitNode, size: Dim): { readonly sizes: readonly Dim[]; readonly total: Dim } {
  const count = countOf(node);
  const part = node.version < 18 ? floorDiv(size, count) : ceilDiv(size, count);
  const last = node.version < 18 ? part : sub(size, mul(part, count - 1));
  const sizes = Array.from({ length: node.outputCount }, (_, i) => (i < count - 1 ? part : last));
  return { sizes, total: add(mul(part, count - 1), last) };
}

const splitPartsMisfit = defineProblem('US1209', { outputs: 'integer', parts: 'shape' }, ({ outputs, parts }) => ({
  message: 'the Split has more outputs than parts',
  value: 'split',
  expected: `${outputs} sizes`,
  actual: formatShape(parts),
}));

/** Sizes of the outputs, and the sum of all parts. */
function sizesOf(
  node: SplitNode,
  parts: Parts<Dim>,
  size: Dim,
): { readonly sizes: readonly Dim[]; readonly total: Dim } {
  if (parts === undefined) return shares(node, size);
  if (parts.length < node.outputCount) {
    fail(splitPartsMisfit({ outputs: node.outputCount, parts }));
  }
  return { sizes: parts.slice(0, node.outputCount), total: add(0, ...parts) };
}

const splitNotEqual = defineProblem('US1211', { size: 'size', count: 'integer' }, ({ size, count }) => ({
  message: `an axis of size ${size} does not split into ${count} equal parts`,
  expected: `a multiple of ${count}`,
  actual: String(size),
  hint: 'give the sizes of the parts',
}));

const splitDoesNotFill = defineProblem(
  'US1211',
  { size: 'size', parts: 'shape', total: 'size' },
  ({ size, parts, total }) => ({
    message: `the parts of the Split do not fill the axis of size ${size}`,
    value: 'split',
    expected: `sizes that add up to ${size}`,
    actual: `${formatShape(parts)}, together ${total}`,
  }),
);

/** The problem if the sum of the parts is not the size of the axis. */
function mismatch(node: SplitNode, parts: Parts<Dim>, size: Dim, total: Dim): Problem {
  if (parts === undefined) return splitNotEqual({ size, count: countOf(node) });
  return splitDoesNotFill({ size, parts, total });
}

/** The parts that the model states; 'run time' if it computes them. */
function knownParts(context: InferContext<SplitAttributes>): Parts<Dim> | 'run time' {
  if (context.inputs[1] === undefined) return context.attributes.split;
  requireList(context, 1, 'split');
  const known = context.known(1);
  return (known && dimsOf(known)) ?? 'run time';
}

function splitShapes(context: InferContext<SplitAttributes>): readonly (Shape | undefined)[] {
  const { attributes, outputCount } = context;
  const data = context.shape(0);
  if (data === undefined) return new Array<undefined>(outputCount).fill(undefined);
  const axis = normalizeAxis(attributes.axis, data.length);
  const parts = knownParts(context);
  if (parts === 'run time') {
    const unknown = () => context.fresh('the parts of the Split are computed at run time');
    return Array.from({ length: outputCount }, () => data.with(axis, unknown()));
  }
  const size = data[axis]!;
  const { sizes, total } = sizesOf(context, parts, size);
  checkSizes(parts ?? sizes, 'split');
  context.unify(size, total, 'an axis and the parts it is split into', {
    otherwise: () => mismatch(context, parts, size, total),
  });
  return sizes.map((part) => data.with(axis, part));
}

/** The elements of each output, for concrete sizes. @throws ProblemError if the parts do not fit */
function split(node: SplitNode, dims: readonly number[], parts: Parts<number>): Gathered[] {
  const axis = normalizeAxis(node.attributes.axis, dims.length);
  const size = dims[axis]!;
  const { sizes, total } = sizesOf(node, parts, size);
  checkSizes(parts ?? sizes, 'split');
  if (total !== size) throw new ProblemError(mismatch(node, parts, size, total));
  const strides = rowMajorStrides(dims);
  let begin = 0;
  return sizes.map((part) => {
    const target = dims.with(axis, part as number);
    const indices = stridedIndices(target, strides, begin * strides[axis]!);
    begin += part as number;
    return { dims: target, indices };
  });
}

export const splitting = family(
  defineOperator({
    name: 'Split',
    versions: [1, 2, 11, 13, 18],
    inputs: [required('input', 'T'), optional('split', int64s).from(13)],
    outputs: [variadic('outputs', 'T')],
    types: { T: anyType },
    attributes: { axis: int(0), split: ints().before(13), num_outputs: int().from(18) },
    infer: (context): readonly TensorType[] =>
      splitShapes(context).map((shape) => tensorType(context.elementType(0), shape)),
    symbolic: (context) => {
      const data = context.partlyKnown(0);
      if (data === undefined) return undefined;
      let parts: Parts<number> = context.attributes.split;
      if (context.inputs[1] !== undefined) {
        const known = context.known(1);
        parts = known && constantsOf(known);
        if (parts === undefined) return undefined;
      }
      const size = data.dims[normalizeAxis(context.attributes.axis, data.dims.length)]!;
      // Already reported; [] keeps the reference from failing as well.
      if (sizesOf(context, parts, size).total !== size) return [];
      return split(context, data.dims, parts).map((part) => pickSymbolic(data, part));
    },
    reference: (context) => {
      const data = tensorAt(context, 0);
      const parts = context.inputs[1] === undefined ? context.attributes.split : integersOf(context.inputs[1]);
      return split(context, data.dims, parts).map((part) => pickTensor(data, part));
    },
  }),
);
