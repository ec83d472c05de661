/** ReverseSequence: reverses each sequence of a batch, which may have different lengths. */
import { defineProblem, fail } from '../../diagnostics.js';
import { integersOf } from '../../ir/numeric.js';
import { formatShape, tensorType } from '../../ir/shape.js';
import { rowMajorStrides } from '../../ir/tensor.js';
import { agree } from '../agree.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { int } from '../attributes.js';
import { defineOperator, type Operator } from '../operator.js';
import { required } from '../signature.js';
import { anyType, int64s } from '../type-set.js';
import { type Gathered, pickTensor } from './elements.js';
import { requireList } from './integer-list.js';
import { expandReverseSequence } from './reverse-expansion.js';

interface ReverseAttributes {
  readonly batch_axis: number;
  readonly time_axis: number;
}

const batchAlongTime = defineProblem('US1208', { axis: 'integer' }, ({ axis }) => ({
  message: 'the batch cannot run along the axis of time',
  value: 'time_axis',
  expected: 'one of the axes 0 and 1 for each',
  actual: `${axis} for both`,
}));

function checkAxes({ batch_axis, time_axis }: ReverseAttributes): void {
  if (batch_axis !== time_axis) return;
  fail(batchAlongTime({ axis: batch_axis }));
}

const sequenceLengthsMisfit = defineProblem(
  'US2006',
  { batch: 'integer', time: 'integer', lengths: 'integers' },
  ({ batch, time, lengths }) => ({
    message: 'the lengths of the sequences do not fit',
    value: 'sequence_lens',
    expected: `${batch} lengths from 0 to ${time}`,
    actual: formatShape(lengths),
  }),
);

/** @throws ProblemError US2006 for a length beyond the time axis */
function reverse(
  dims: readonly number[],
  lengths: readonly number[],
  { batch_axis, time_axis }: ReverseAttributes,
): Gathered {
  const [batch, time] = [dims[batch_axis]!, dims[time_axis]!];
  if (lengths.length !== batch || lengths.some((length) => length < 0 || length > time)) {
    fail(sequenceLengthsMisfit({ batch, time, lengths }));
  }
  const strides = rowMajorStrides(dims);
  const [batchStride, timeStride] = [strides[batch_axis]!, strides[time_axis]!];
  const size = dims.reduce((count, dim) => count * dim, 1);
  const indices = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    const length = lengths[Math.floor(i / batchStride) % batch]!;
    const at = Math.floor(i / timeStride) % time;
    indices[i] = at < length ? i + (length - 1 - 2 * at) * timeStride : i;
  }
  return { dims, indices };
}

const lengthCountDiffers = defineProblem('US1202', { expected: 'size', actual: 'size' }, ({ expected, actual }) => ({
  message: 'there are not as many lengths as sequences',
  value: 'sequence_lens',
  expected: String(expected),
  actual: String(actual),
}));

export const reverseSequence: readonly Operator[] = [
  defineOperator({
    name: 'ReverseSequence',
    versions: [10],
    inputs: [required('input', 'T'), required('sequence_lens', int64s)],
    outputs: [required('Y', 'T')],
    types: { T: anyType },
    attributes: { batch_axis: int(1).oneOf(0, 1), time_axis: int(0).oneOf(0, 1) },
    infer: (context) => {
      checkAxes(context.attributes);
      const shape = shapeOfRank(context, 0, 'input', { min: 2 });
      const lengths = requireList(context, 1, 'sequence_lens');
      if (shape !== undefined && lengths !== undefined) {
        agree(
          context,
          shape[context.attributes.batch_axis]!,
          lengths[0]!,
          'batch and lengths of the sequences',
          lengthCountDiffers,
        );
      }
      return [tensorType(context.elementType(0), shape)];
    },
    reference: (context) => {
      checkAxes(context.attributes);
      const tensor = tensorAt(context, 0);
      shapeOfRank({ shape: () => tensor.dims }, 0, 'input', { min: 2 });
      return [pickTensor(tensor, reverse(tensor.dims, integersOf(tensorAt(context, 1)), context.attributes))];
    },
    expand: ({ attributes, inputs, outputs }, expansion) =>
      expandReverseSequence(expansion, attributes, inputs.input, inputs.sequence_lens, outputs.Y),
  }),
];
