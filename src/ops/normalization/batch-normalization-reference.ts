/** The reference of BatchNormalization. */
import { defineProblem, fail } from '../../diagnostics.js';
import { type NumberArray, numbersOf, tensorFromNumbers } from '../../ir/numeric.js';
import { elementCount, type Tensor } from '../../ir/tensor.js';
import { tensorAt } from '../arguments.js';
import { resultArray } from '../elementwise/element-types.js';
import { type BatchNormalizationContext, isTraining, parameters } from './batch-normalization.js';
import { groupsOver, meanOf, varianceOf } from './statistics.js';

/** X as [batch, channels, plane]; without `spatial`, every feature is a separate channel. */
function asChannels(dims: readonly number[], spatial: boolean): [number, number, number] {
  const [batch = 1, channels = 1, ...plane] = dims;
  const size = elementCount(plane);
  return spatial ? [batch, channels, size] : [batch, channels * size, 1];
}

function applyChannels(
  x: NumberArray,
  [batch, channels, plane]: readonly [number, number, number],
  factor: Float64Array,
  offset: Float64Array,
  out: NumberArray,
): void {
  let i = 0;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      const a = factor[c]!;
      const b = offset[c]!;
      for (const end = i + plane; i < end; i++) out[i] = x[i]! * a + b;
    }
  }
}

const parameterValues = defineProblem(
  'US1205',
  { parameter: 'string', values: 'integer', channels: 'integer' },
  ({ parameter, values, channels }) => ({
    message: `${parameter} has ${values} values for ${channels} channels of X`,
    value: parameter,
  }),
);

export function batchNormalization(
  context: BatchNormalizationContext & { readonly inputs: readonly (Tensor | undefined)[] },
): Tensor[] {
  const { epsilon, momentum, spatial } = context.attributes;
  const x = tensorAt(context, 0);
  const mean = tensorAt(context, 3);
  const variance = tensorAt(context, 4);
  const [scale, shift] = [numbersOf(tensorAt(context, 1)), numbersOf(tensorAt(context, 2))];
  const dims = asChannels(x.dims, spatial);
  for (const [i, name] of parameters.entries()) {
    const { size } = tensorAt(context, i + 1);
    if (size !== dims[1]) {
      fail(parameterValues({ parameter: name, values: size, channels: dims[1] }));
    }
  }
  const numbers = numbersOf(x);
  let used: readonly [NumberArray, NumberArray] = [numbersOf(mean), numbersOf(variance)];
  const outputs: Tensor[] = [];
  if (isTraining(context)) {
    const groups = groupsOver(dims, [0, 2]);
    const batchMean = meanOf(numbers, groups);
    const batchVariance = varianceOf(numbers, groups, batchMean);
    const running = (old: NumberArray, now: Float64Array) =>
      now.map((value, c) => old[c]! * momentum + value * (1 - momentum));
    outputs.push(
      tensorFromNumbers(mean.type, mean.dims, running(used[0], batchMean)),
      tensorFromNumbers(variance.type, variance.dims, running(used[1], batchVariance)),
      tensorFromNumbers(mean.type, mean.dims, batchMean),
      tensorFromNumbers(variance.type, variance.dims, batchVariance),
    );
    used = [batchMean, batchVariance];
  }
  const factor = Float64Array.from(used[1], (value, c) => scale[c]! / Math.sqrt(value + epsilon));
  const offset = Float64Array.from(used[0], (value, c) => shift[c]! - value * factor[c]!);
  const out = resultArray(x.type, x.size);
  applyChannels(numbers, dims, factor, offset, out);
  return [tensorFromNumbers(x.type, x.dims, out), ...outputs];
}
