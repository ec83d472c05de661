/** BatchNormalization: normalizes each channel by its mean and variance, either learned or of this batch. */
import { defineProblem, fail } from '../../diagnostics.js';
import { formatShape, type Shape, tensorType } from '../../ir/shape.js';
import { agree } from '../agree.js';
import { shapeOfRank } from '../arguments.js';
import { flag, float, ints } from '../attributes.js';
import type { InferContext } from '../infer-context.js';
import { laterReferences } from '../later-references.js';
import { defineOperator, family } from '../operator.js';
import { optional, required } from '../signature.js';
import { bfloat16s, reals, realsAndBfloat16s } from '../type-set.js';
import { checkPerChannel } from './channel-parameters.js';

const attributes = {
  consumed_inputs: ints().before(6),
  epsilon: float(1e-5),
  is_test: flag(false).before(7),
  momentum: float(0.9),
  spatial: flag(true).before(9),
  training_mode: flag(false).from(14),
};

export interface BatchNormalizationContext {
  readonly version: number;
  readonly outputCount: number;
  readonly attributes: {
    readonly epsilon: number;
    readonly is_test: boolean;
    readonly momentum: number;
    readonly spatial: boolean;
    readonly training_mode: boolean;
  };
}

/**
 * Whether the statistics of this batch are used. Before version 14 the number of outputs decides: a single one means
 * test mode, whatever the default of is_test in version 6.
 */
export function isTraining({ version, outputCount, attributes }: BatchNormalizationContext): boolean {
  if (version >= 14) return attributes.training_mode;
  return outputCount > 1 && !(version < 7 && attributes.is_test);
}

const tooManyOutputs = defineProblem('US1306', { maximum: 'integer', outputs: 'integer' }, ({ maximum, outputs }) => ({
  message: 'BatchNormalization has outputs that its mode does not make',
  expected: maximum === 1 ? 'Y alone, as the training mode is off' : `1 to ${maximum}`,
  actual: String(outputs),
}));

function checkOutputCount(context: BatchNormalizationContext): void {
  const most = !isTraining(context) ? 1 : context.version >= 14 ? 3 : 5;
  if (context.outputCount <= most) return;
  fail(tooManyOutputs({ maximum: most, outputs: context.outputCount }));
}

export const parameters = ['scale', 'B', 'mean', 'var'] as const;

function checkParameters(context: InferContext<{ readonly spatial: boolean }>, x: Shape): void {
  parameters.forEach((name, i) => {
    if (context.attributes.spatial) checkPerChannel(context, i + 1, name, x[1] ?? 1);
    else if (context.version >= 7) checkPerFeature(context, i + 1, name, x.slice(1));
  });
}

const parameterShape = defineProblem(
  'US1205',
  { parameter: 'string', shape: 'shape', features: 'shape', axis: 'integer', expected: 'size', actual: 'size' },
  ({ parameter, shape, features, expected, actual }) => ({
    message: `${parameter} ${formatShape(shape)} does not have a value for each of ${formatShape(features)} features`,
    value: parameter,
    expected: String(expected),
    actual: String(actual),
  }),
);

function checkPerFeature(
  context: Pick<InferContext<unknown>, 'shape' | 'unify'>,
  i: number,
  name: string,
  features: Shape,
): void {
  const shape = shapeOfRank(context, i, name, { min: features.length, max: features.length });
  shape?.forEach((size, axis) => {
    agree(context, features[axis]!, size, `sizes of ${name} and X`, (sizes) =>
      parameterShape({ parameter: name, shape, features, axis, ...sizes }),
    );
  });
}

export const batchNormalizations = family(
  defineOperator({
    name: 'BatchNormalization',
    versions: [1, 6, 7, 9, 14, 15],
    inputs: [
      required('X', 'T'),
      required('scale', 'T').typeFrom(15, 'T1'),
      required('B', 'T').typeFrom(15, 'T1'),
      required('input_mean', 'T').typeFrom(14, 'T2'),
      required('input_var', 'T').typeFrom(14, 'T2'),
    ],
    outputs: [
      required('Y', 'T'),
      optional('running_mean', 'T').typeFrom(14, 'T2'),
      optional('running_var', 'T').typeFrom(14, 'T2'),
      optional('saved_mean', 'T').before(14),
      optional('saved_var', 'T').before(14),
    ],
    types: { T: reals.from(14, bfloat16s), T1: realsAndBfloat16s, T2: realsAndBfloat16s },
    attributes,
    infer: (context) => {
      checkOutputCount(context);
      const x = shapeOfRank(context, 0, 'X', { min: context.version >= 9 ? 1 : 2 });
      if (x !== undefined) checkParameters(context, x);
      const statistics = [3, 4, 3, 4].map((i) => tensorType(context.elementType(i), context.shape(i)));
      return [tensorType(context.elementType(0), x), ...statistics];
    },
    reference: (context) => laterReferences.value.batchNormalization(context),
  }),
);
