/**
 * Operators whose outputs read one position of each input: elementwise ones, and those that work along other axes than
 * the picture's.
 */
import type { Shape } from '../../ir/shape.js';
import { dropout as dropouts } from '../../ops/creation/dropout.js';
import { arithmetic } from '../../ops/elementwise/arithmetic.js';
import { comparison } from '../../ops/elementwise/comparison.js';
import { alignedSlope, gated } from '../../ops/elementwise/gated.js';
import { alignedDims, type legacyBroadcastAttributes } from '../../ops/elementwise/legacy-broadcast.js';
import { logic } from '../../ops/elementwise/logic.js';
import { powers } from '../../ops/elementwise/power.js';
import type { OperatorSchema } from '../../ops/operator.js';
import { dequantizeLinearSchema, quantizeLinearSchema } from '../../ops/quantization/schemas.js';
import { own } from './reads.js';
import {
  type AxisSource,
  type NamedReads,
  NoReads,
  type OperatorReads,
  type OutputReads,
  oneOutput,
  type RuleContext,
} from './rule.js';

/** Operators that broadcast by attributes before version 7. */
const alignedByAttributes: readonly OperatorSchema<typeof legacyBroadcastAttributes>[] = [
  ...arithmetic,
  ...powers,
  ...[comparison.Equal, comparison.Greater, comparison.Less],
  ...[logic.And, logic.Or, logic.Xor],
];

/**
 * The axis of the output at which the input begins. Before version 7, the second input need not be aligned to the last
 * axis.
 */
function firstAxis(context: RuleContext, input: number, rank: number): number {
  const shape = context.shape(input);
  return rank - (input === 1 ? alignedSecond(context, shape) : shape).length;
}

function alignedSecond({ node, bound, shape }: RuleContext, second: Shape): Shape {
  if (node.opType === 'PRelu') return alignedSlope(bound(gated.PRelu).version, shape(0), second);
  const operator = alignedByAttributes.find(({ name }) => name === node.opType);
  return operator === undefined ? second : alignedDims(bound(operator), shape(0), second);
}

function broadcast(context: RuleContext): OutputReads {
  const output = context.outputShape(0);
  const axes = output.map((): AxisSource[] => []);
  context.node.inputs.forEach((value, input) => {
    if (value === undefined) return;
    const first = firstAxis(context, input, output.length);
    context.shape(input).forEach((dim, axis) => {
      const onto = axes[first + axis];
      if (onto !== undefined && (dim !== 1 || output[first + axis] === 1)) onto.push({ input, axis, reads: own });
    });
  });
  return axes;
}

/** Each axis of the output reads the same axis of input 0, except those in `apart`. */
export function sameAxes(rank: number, apart: readonly number[] = []): AxisSource[][] {
  return Array.from({ length: rank }, (_, axis) => (apart.includes(axis) ? [] : [{ input: 0, axis, reads: own }]));
}

/** The axis counted from the front. One that is out of range stays out of range. */
export function countedAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Scales and zero points: one for all, or one for each position of an axis. */
function quantized(context: RuleContext): OutputReads {
  const rank = context.shape(0).length;
  const axes = sameAxes(rank);
  const { attributes } =
    context.node.opType === 'QuantizeLinear'
      ? context.bound(quantizeLinearSchema)
      : context.bound(dequantizeLinearSchema);
  const axis = countedAxis(attributes.axis, rank);
  for (const input of [1, 2]) {
    if (context.node.inputs[input] === undefined) continue;
    const scale = context.shape(input);
    if (scale.length > 1) throw new NoReads('has scales for blocks');
    if (scale.length === 1 && scale[0] !== 1) axes[axis]?.push({ input, axis: 0, reads: own });
  }
  return axes;
}

function perChannel(context: RuleContext): OutputReads {
  const axes = sameAxes(context.shape(0).length);
  for (let input = 1; input < 5; input++) axes[1]?.push({ input, axis: 0, reads: own });
  return axes;
}

function dropout(context: RuleContext): readonly OutputReads[] {
  const training = context.numbers(2);
  if (context.bound(dropouts.Dropout).inputs.training_mode !== undefined && training?.[0] !== 0)
    throw new NoReads('draws random numbers');
  const axes = sameAxes(context.shape(0).length);
  return [axes, axes];
}

const whole = 'uses all of';

/** The rule for operators whose definition says that they are elementwise. */
export const elementwiseRule: OperatorReads = oneOutput(whole, broadcast);

export const alikeReads: readonly NamedReads[] = [
  ['QuantizeLinear', oneOutput(whole, quantized)],
  ['DequantizeLinear', oneOutput(whole, quantized)],
  ['BatchNormalization', oneOutput(whole, perChannel)],
  ['ImageScaler', oneOutput(whole, ({ shape }) => sameAxes(shape(0).length))],
  ['Dropout', { parameters: [1, 2], rule: dropout, whole }],
];
