/** Concat. */
import { fail } from '../../diagnostics.js';
import { add, type Dim, formatDim } from '../../ir/dim.js';
import { symbolicTensor } from '../../ir/quantity.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { allocateLike, elementCount, Tensor } from '../../ir/tensor.js';
import { int } from '../attributes.js';
import { defineOperator, type InferContext, normalizeAxis, type Operator, tensorAt } from '../operator.js';

interface Piece {
  readonly dims: readonly number[];
  readonly data: ArrayLike<unknown>;
}

/** The pieces one after another along `axis`. */
function concatenate<P extends Piece>(pieces: readonly P[], axis: number): { dims: number[]; data: P['data'] } {
  const dims = [...pieces[0]!.dims];
  dims[axis] = pieces.reduce((sum, piece) => sum + piece.dims[axis]!, 0);
  const data = allocateLike(pieces[0]!.data, elementCount(dims)) as unknown as unknown[];
  const outer = elementCount(dims.slice(0, axis));
  const row = elementCount(dims.slice(axis));
  let offset = 0;
  for (const piece of pieces) {
    const length = elementCount(piece.dims.slice(axis));
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < length; i++) data[o * row + offset + i] = piece.data[o * length + i];
    }
    offset += length;
  }
  return { dims, data };
}

function concatShape(context: InferContext<{ axis: number }>, shapes: readonly Shape[]): Shape {
  const [first, ...others] = shapes as [Shape, ...Shape[]];
  const axis = normalizeAxis(context.attributes.axis, first.length);
  const dims: Dim[] = [...first];
  for (const shape of others) {
    if (shape.length !== first.length) {
      fail('US1203', 'the inputs have different ranks', { expected: formatShape(first), actual: formatShape(shape) });
    }
    for (let i = 0; i < dims.length; i++) {
      if (i === axis) dims[i] = add(dims[i]!, shape[i]!);
      else dims[i] = joinDims(context, dims[i]!, shape[i]!, i, shapes);
    }
  }
  return dims;
}

function joinDims(context: InferContext<unknown>, a: Dim, b: Dim, axis: number, shapes: readonly Shape[]): Dim {
  return context.unify(a, b, `sizes at axis ${axis}`, {
    otherwise: {
      code: 'US1203',
      message: `the inputs differ at axis ${axis}: ${shapes.map(formatShape).join(', ')}`,
      expected: formatDim(a),
      actual: formatDim(b),
      hint: 'pad or crop one side, or give the upsampling before it an output_padding or output_shape that makes both equal',
    },
  });
}

export const concat: readonly Operator[] = [
  defineOperator({
    name: 'Concat',
    versions: [1, 4, 11, 13],
    inputs: [1, Number.POSITIVE_INFINITY],
    outputs: [1, 1],
    attributes: { axis: int(1) },
    infer: (context) => {
      const shapes = context.inputs.map((_, i) => context.shape(i));
      const known = shapes.filter((shape) => shape !== undefined);
      const shape = known.length === shapes.length ? concatShape(context, known) : undefined;
      return [tensorType(context.elementType(0), shape)];
    },
    symbolic: (context) => {
      const pieces = [];
      for (let i = 0; i < context.inputs.length; i++) {
        const known = context.known(i);
        if (known === undefined) return undefined;
        pieces.push({ dims: known.dims, data: known.elements });
      }
      const axis = normalizeAxis(context.attributes.axis, pieces[0]!.dims.length);
      const { dims, data } = concatenate(pieces, axis);
      return [symbolicTensor(context.known(0)!.type, dims, data)];
    },
    reference: (context) => {
      const first = tensorAt(context, 0);
      const axis = normalizeAxis(context.attributes.axis, first.dims.length);
      const { dims, data } = concatenate(context.inputs as readonly Tensor[], axis);
      return [new Tensor(first.type, dims, data)];
    },
  }),
];
