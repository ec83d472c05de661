/** Concat. */

import { defineProblem, fail } from '../../diagnostics.js';
import { add, type Dim } from '../../ir/dim.js';
import { isUnknown, symbolicTensor } from '../../ir/quantity.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { allocateLike, elementCount, Tensor } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { normalizeAxis, tensorAt } from '../arguments.js';
import { int } from '../attributes.js';
import { commonElementType } from '../elementwise/binary.js';
import type { InferContext } from '../infer-context.js';
import { defineOperator, family, type ReferenceContext } from '../operator.js';
import { attributeRequired } from '../problems.js';
import { required, variadic } from '../signature.js';
import { anyType } from '../type-set.js';

interface ConcatAttributes {
  readonly axis: number | undefined;
}

interface Piece {
  readonly dims: readonly number[];
  readonly data: ArrayLike<unknown>;
}

/** Joins the pieces along `axis`. */
export function concatenate<P extends Piece>(pieces: readonly P[], axis: number): { dims: number[]; data: P['data'] } {
  const dims = [...pieces[0]!.dims];
  dims[axis] = pieces.reduce((sum, piece) => sum + piece.dims[axis]!, 0);
  const data = allocateLike(pieces[0]!.data, elementCount(dims)) as unknown as unknown[];
  const outer = elementCount(dims.slice(0, axis));
  const row = elementCount(dims.slice(axis));
  let offset = 0;
  for (const piece of pieces) {
    const length = elementCount(piece.dims.slice(axis));
    for (let o = 0; o < outer; o++) copyRange(piece.data, o * length, data, o * row + offset, length);
    offset += length;
  }
  return { dims, data };
}

/** Runs of typed arrays are copied as memory; short ones are quicker one by one. */
const shortRun = 32;

function copyRange(from: ArrayLike<unknown>, start: number, to: unknown[], target: number, length: number): void {
  if (length > shortRun && ArrayBuffer.isView(from)) {
    (to as unknown as Float32Array).set((from as Float32Array).subarray(start, start + length), target);
  } else {
    for (let i = 0; i < length; i++) to[target + i] = from[start + i];
  }
}

/** The axis along which inputs are joined: required since version 4, 1 before. */
export function joinedAxis(
  { version, attributes: { axis } }: Pick<InferContext<ConcatAttributes>, 'version' | 'attributes'>,
  rank: number,
): number {
  if (axis === undefined && version >= 4) fail(attributeRequired({ attribute: 'axis' }));
  return normalizeAxis(axis ?? 1, rank);
}

const concatRanksDiffer = defineProblem('US1203', { first: 'shape', second: 'shape' }, ({ first, second }) => ({
  message: 'the inputs have different ranks',
  expected: formatShape(first),
  actual: formatShape(second),
}));

const concatSizesDiffer = defineProblem(
  'US1203',
  { axis: 'integer', shapes: 'shapes', expected: 'size', actual: 'size' },
  ({ axis, shapes, expected, actual }) => ({
    message: `the inputs differ at axis ${axis}: ${shapes.map(formatShape).join(', ')}`,
    expected: String(expected),
    actual: String(actual),
    hint: 'pad or crop one side, or give the upsampling before it an output_padding or output_shape that makes both equal',
  }),
);

function requireRank(first: Shape, shape: Shape): void {
  if (shape.length === first.length) return;
  fail(concatRanksDiffer({ first, second: shape }));
}

type ConcatShapeContext = Pick<
  InferContext<ConcatAttributes>,
  'version' | 'attributes' | 'inputs' | 'shape' | 'unify' | 'fresh'
>;

/** If some ranks are unknown, the other inputs give all sizes except the one along the axis. */
export function concatShape(context: ConcatShapeContext): Shape | undefined {
  const shapes = context.inputs.map((_, i) => context.shape(i)).filter((shape) => shape !== undefined);
  const [first, ...others] = shapes;
  if (first === undefined) return undefined;
  const axis = joinedAxis(context, first.length);
  const dims: Dim[] = [...first];
  for (const shape of others) {
    requireRank(first, shape);
    for (let i = 0; i < dims.length; i++) {
      if (i === axis) dims[i] = add(dims[i]!, shape[i]!);
      else dims[i] = joinDims(context, dims[i]!, shape[i]!, i, shapes);
    }
  }
  if (shapes.length < context.inputs.length) dims[axis] = context.fresh('the shape of an input is not known');
  return dims;
}

/** The axis, after checks of what may be known only at run time. */
export function checkConcatenated(
  context: Pick<ReferenceContext<ConcatAttributes>, 'version' | 'attributes'>,
  tensors: readonly Tensor[],
): number {
  const { dims } = tensors[0]!;
  const axis = joinedAxis(context, dims.length);
  commonElementType(tensors.map((tensor) => tensorType(tensor.type, tensor.dims)));
  for (const tensor of tensors) {
    requireRank(dims, tensor.dims);
    const odd = dims.findIndex((size, i) => i !== axis && size !== tensor.dims[i]);
    if (odd < 0) continue;
    const shapes = tensors.map(({ dims }) => dims);
    fail(concatSizesDiffer({ axis: odd, shapes, expected: dims[odd]!, actual: tensor.dims[odd]! }));
  }
  return axis;
}

function joinDims(
  context: Pick<InferContext<unknown>, 'unify'>,
  a: Dim,
  b: Dim,
  axis: number,
  shapes: readonly Shape[],
): Dim {
  return agree(context, a, b, `sizes at axis ${axis}`, (sizes) => concatSizesDiffer({ axis, shapes, ...sizes }));
}

export const concat = family(
  defineOperator({
    name: 'Concat',
    versions: [1, 4, 11, 13],
    inputs: [variadic('inputs', 'T')],
    outputs: [required('concat_result', 'T')],
    types: { T: anyType },
    attributes: { axis: int().requiredFrom(4) },
    infer: (context) => {
      const type = commonElementType(context.inputs);
      return [tensorType(type, concatShape(context))];
    },
    symbolic: (context) => {
      const pieces = [];
      for (let i = 0; i < context.inputs.length; i++) {
        const known = context.withUnknowns(i);
        if (known === undefined) return undefined;
        pieces.push({ dims: known.dims, data: known.elements });
      }
      if (pieces.every(({ data }) => data.every(isUnknown))) return undefined;
      const axis = joinedAxis(context, pieces[0]!.dims.length);
      const { dims, data } = concatenate(pieces, axis);
      return [symbolicTensor(context.partlyKnown(0)!.type, dims, data)];
    },
    reference: (context) => {
      const tensors = context.inputs.map((_, i) => tensorAt(context, i));
      const { dims, data } = concatenate(tensors, checkConcatenated(context, tensors));
      return [new Tensor(tensors[0]!.type, dims, data)];
    },
  }),
);
