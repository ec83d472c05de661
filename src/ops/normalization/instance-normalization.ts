/** InstanceNormalization and GroupNormalization: statistics for each sample over a channel or a group of channels. */
import { defineProblem, fail } from '../../diagnostics.js';
import { type Dim, rangeOf, sub } from '../../ir/dim.js';
import { numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { tensorType } from '../../ir/shape.js';
import type { Tensor } from '../../ir/tensor.js';
import { shapeOfRank, tensorAt } from '../arguments.js';
import { float, int, ints } from '../attributes.js';
import { defineOperator, family } from '../operator.js';
import { required } from '../signature.js';
import { bfloat16s, reals, realsAndBfloat16s } from '../type-set.js';
import { alongChannels, checkPerChannel } from './channel-parameters.js';
import { groupsOver, scaleAndShift, standardize } from './statistics.js';

/** Normalizes X, reshaped to `view`, over all axes but the first two. */
function normalizeView(x: Tensor, view: readonly number[], epsilon: number): Float64Array {
  const inner = Array.from({ length: view.length - 2 }, (_, i) => i + 2);
  return standardize(numbersOf(x), groupsOver(view, inner), epsilon).values;
}

const instanceNormalization = defineOperator({
  name: 'InstanceNormalization',
  versions: [1, 6, 22],
  inputs: [required('input', 'T'), required('scale', 'T'), required('B', 'T')],
  outputs: [required('output', 'T')],
  types: { T: reals.from(22, bfloat16s) },
  attributes: { consumed_inputs: ints().before(6), epsilon: float(1e-5) },
  infer: (context) => {
    const x = shapeOfRank(context, 0, 'input', { min: 2 });
    if (x !== undefined) {
      checkPerChannel(context, 1, 'scale', x[1]!);
      checkPerChannel(context, 2, 'B', x[1]!);
    }
    return [tensorType(context.elementType(0), x)];
  },
  reference: (context) => {
    const x = tensorAt(context, 0);
    const values = normalizeView(x, x.dims, context.attributes.epsilon);
    const [scale, shift] = [tensorAt(context, 1), tensorAt(context, 2)];
    scaleAndShift(values, x.dims, alongChannels(scale, x.dims.length), alongChannels(shift, x.dims.length));
    return [tensorFromNumbers(x.type, x.dims, values)];
  },
});

const channelsNotDivisible = defineProblem(
  'US1205',
  { groups: 'integer', channels: 'size' },
  ({ groups, channels }) => ({
    message: 'the channels of X do not divide into num_groups',
    value: 'num_groups',
    expected: groups >= 1 ? `a multiple of ${groups}` : 'num_groups of at least 1',
    actual: groups >= 1 ? String(channels) : String(groups),
  }),
);

function checkGroupCount(groups: number, channels: Dim): void {
  const divides = typeof channels !== 'number' || channels % groups === 0;
  const tooMany = rangeOf(sub(channels, groups)).max < 0;
  if (groups >= 1 && divides && !tooMany) return;
  fail(channelsNotDivisible({ groups, channels }));
}

/** Version 18 has a scale and bias for each group, version 21 for each channel. */
const groupNormalization = defineOperator({
  name: 'GroupNormalization',
  versions: [18, 21],
  inputs: [required('X', 'T'), required('scale', 'T'), required('bias', 'T')],
  outputs: [required('Y', 'T')],
  types: { T: realsAndBfloat16s },
  attributes: { epsilon: float(1e-5), num_groups: int().required(), stash_type: int(1).from(21) },
  infer: (context) => {
    const { num_groups } = context.attributes;
    const x = shapeOfRank(context, 0, 'X', { min: 2 });
    if (x !== undefined) {
      checkGroupCount(num_groups, x[1]!);
      const isPerGroup = context.version < 21;
      for (const [i, name] of [[1, 'scale'] as const, [2, 'bias'] as const]) {
        if (isPerGroup) checkPerChannel(context, i, name, num_groups, 'groups');
        else checkPerChannel(context, i, name, x[1]!);
      }
    }
    return [tensorType(context.elementType(0), x)];
  },
  reference: (context) => {
    const { num_groups, epsilon } = context.attributes;
    const x = tensorAt(context, 0);
    const [batch, channels, ...plane] = x.dims as [number, number];
    checkGroupCount(num_groups, channels);
    const view = [batch, num_groups, channels / num_groups, ...plane];
    const values = normalizeView(x, view, epsilon);
    const dims = context.version < 21 ? view : x.dims;
    const [scale, shift] = [tensorAt(context, 1), tensorAt(context, 2)];
    scaleAndShift(values, dims, alongChannels(scale, dims.length), alongChannels(shift, dims.length));
    return [tensorFromNumbers(x.type, x.dims, values)];
  },
});

export const instanceNormalizations = family(instanceNormalization, groupNormalization);
