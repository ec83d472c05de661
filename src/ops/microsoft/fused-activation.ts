/** Activations that onnxruntime's optimizer puts into convolutions and products, by the names that they have there. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { ElementType } from '../../ir/element-type.js';
import type { Value } from '../../ir/graph.js';
import { floatAttribute } from '../../ir/graph-editor.js';
import type { Tensor } from '../../ir/tensor.js';
import { sigmoid } from '../elementwise/activation.js';
import { applyUnary } from '../elementwise/unary.js';
import type { Expansion } from '../expansion.js';

interface Activation {
  /** Names of the parameters, in the order of activation_params. */
  readonly parameters: readonly string[];
  apply(x: number, ...parameters: readonly number[]): number;
}

const linearUnit: Activation = { parameters: [], apply: (x) => Math.max(x, 0) };
const exponential = (x: number, alpha: number) => (x < 0 ? alpha * Math.expm1(x) : x);
const hardSigmoid = (x: number, alpha: number, beta: number) => Math.max(0, Math.min(1, alpha * x + beta));

/** ONNX's operators of these names have the parameters as attributes; Clip has them as inputs. */
const activations: ReadonlyMap<string, Activation> = new Map([
  ['Relu', linearUnit],
  ['Tanh', { parameters: [], apply: Math.tanh }],
  ['Sigmoid', { parameters: [], apply: sigmoid }],
  ['LeakyRelu', { parameters: ['alpha'], apply: (x: number, alpha: number) => (x < 0 ? alpha * x : x) }],
  [
    'Clip',
    { parameters: ['min', 'max'], apply: (x: number, min: number, max: number) => Math.min(Math.max(x, min), max) },
  ],
  ['HardSigmoid', { parameters: ['alpha', 'beta'], apply: hardSigmoid }],
  ['HardSwish', { parameters: [], apply: (x: number) => x * hardSigmoid(x, 1 / 6, 0.5) }],
  ['Elu', { parameters: ['alpha'], apply: exponential }],
  ['Celu', { parameters: ['alpha'], apply: (x: number, alpha: number) => exponential(x / alpha, 1) * alpha }],
  [
    'Selu',
    {
      parameters: ['alpha', 'gamma'],
      apply: (x: number, alpha: number, gamma: number) => gamma * exponential(x, alpha),
    },
  ],
  ['Softplus', { parameters: [], apply: (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) }],
  ['Softsign', { parameters: [], apply: (x: number) => x / (1 + Math.abs(x)) }],
  ['ThresholdedRelu', { parameters: ['alpha'], apply: (x: number, alpha: number) => (x > alpha ? x : 0) }],
]);

/** The activations of FusedConv and of FusedGemm in onnxruntime 1.32. */
export const convolutionActivations = ['Relu', 'Tanh', 'Sigmoid', 'LeakyRelu', 'Clip', 'HardSigmoid', 'HardSwish'];
export const productActivations = [
  ...['Relu', 'Tanh', 'Sigmoid', 'LeakyRelu', 'HardSigmoid', 'Elu', 'Celu', 'Selu', 'Softplus', 'Softsign'],
  'ThresholdedRelu',
];

const activationUnknown = defineProblem(
  'US1304',
  { activation: 'string', activations: 'strings' },
  ({ activation, activations }) => ({
    message: 'the activation is not one that onnxruntime fuses',
    value: 'activation',
    expected: activations.join(', '),
    actual: activation,
  }),
);

const parameterAbsent = defineProblem(
  'US1304',
  { activation: 'string', parameters: 'strings', count: 'integer' },
  ({ activation, parameters, count }) => ({
    message: `the activation ${activation} needs its parameters`,
    value: 'activation',
    expected: parameters.join(', '),
    actual: `${count} of them`,
  }),
);

/** An activation with its parameters. */
export interface FusedActivation extends Activation {
  readonly name: string;
  readonly values: readonly number[];
}

/**
 * The activation of a node; undefined if it has none.
 *
 * @param read gives the parameters, by their names
 * @throws ProblemError US1304 if the activation is not one of `allowed`, or a parameter is absent
 */
export function fusedActivation(
  name: string | undefined,
  allowed: readonly string[],
  read: (parameters: readonly string[]) => readonly (number | undefined)[],
): FusedActivation | undefined {
  if (name === undefined || name === '') return undefined;
  const activation = allowed.includes(name) ? activations.get(name) : undefined;
  if (activation === undefined) fail(activationUnknown({ activation: name, activations: allowed }));
  const { parameters } = activation;
  const values = read(parameters)
    .slice(0, parameters.length)
    .filter((value) => value !== undefined);
  if (values.length < parameters.length) {
    fail(parameterAbsent({ activation: name, parameters, count: values.length }));
  }
  return { ...activation, name, values };
}

export function applyActivation(x: Tensor, activation: FusedActivation | undefined): Tensor {
  if (activation === undefined) return x;
  return applyUnary(x, { number: (value) => activation.apply(value, ...activation.values) });
}

/** Adds the activation as an operator of its own, which makes `output`. */
export function expandActivation(
  expansion: Expansion,
  x: Value,
  { name, parameters, values }: FusedActivation,
  type: ElementType,
  output: Value,
): void {
  if (name === 'Clip') {
    expansion.add('Clip', [x, ...values.map((value) => expansion.number(value, type))], { output });
    return;
  }
  const attributes = parameters.map((parameter, i) => [parameter, floatAttribute(values[i]!)] as const);
  expansion.add(name, [x], { attributes: Object.fromEntries(attributes), output });
}
