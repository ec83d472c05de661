/** The activation functions that recurrent operators name in their attributes (Operators.md, LSTM). */
import { defineProblem, fail } from '../../diagnostics.js';

export type Activation = (x: number) => number;

interface ActivationFacts {
  /** Defaults of the parameters that the function takes, in the order alpha, beta. */
  readonly alpha?: number;
  readonly beta?: number;
  readonly make: (alpha: number, beta: number) => Activation;
}

const sigmoid: Activation = (x) => 1 / (1 + Math.exp(-x));

/**
 * By lower-case name, because exporters capitalize differently. Defaults are those of the operators of the same name.
 */
const activations = new Map<string, ActivationFacts>(
  Object.entries({
    relu: { make: () => (x) => Math.max(0, x) },
    tanh: { make: () => Math.tanh },
    sigmoid: { make: () => sigmoid },
    affine: { alpha: 1, beta: 0, make: (alpha, beta) => (x) => alpha * x + beta },
    leakyrelu: { alpha: 0.01, make: (alpha) => (x) => (x >= 0 ? x : alpha * x) },
    thresholdedrelu: { alpha: 1, make: (alpha) => (x) => (x >= alpha ? x : 0) },
    scaledtanh: { alpha: 1, beta: 1, make: (alpha, beta) => (x) => alpha * Math.tanh(beta * x) },
    hardsigmoid: { alpha: 0.2, beta: 0.5, make: (alpha, beta) => (x) => Math.min(Math.max(alpha * x + beta, 0), 1) },
    elu: { alpha: 1, make: (alpha) => (x) => (x >= 0 ? x : alpha * Math.expm1(x)) },
    softsign: { make: () => (x) => x / (1 + Math.abs(x)) },
    softplus: { make: () => (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) },
  }),
);

export interface ActivationAttributes {
  readonly activations: readonly string[] | undefined;
  readonly activation_alpha: readonly number[] | undefined;
  readonly activation_beta: readonly number[] | undefined;
  readonly clip: number | undefined;
}

const activationsTooFew = defineProblem(
  'US1304',
  { needed: 'integer', gates: 'integer', given: 'integer', names: 'strings' },
  ({ needed, gates, given, names }) => ({
    message: "the attribute 'activations' names too few functions",
    value: 'activations',
    expected: `${needed}: ${gates} for each direction`,
    actual: `${given}: ${names.join(', ')}`,
  }),
);

const activationUnknown = defineProblem('US1304', { name: 'string' }, ({ name }) => ({
  message: `the activation function '${name}' is not known`,
  value: 'activations',
  expected:
    'Relu, Tanh, Sigmoid, Affine, LeakyRelu, ThresholdedRelu, ScaledTanh, HardSigmoid, Elu, Softsign or Softplus',
  actual: name,
}));

/**
 * The functions of every direction, including clipping of their arguments. Functions that take an alpha (a beta) take
 * the next one of the list of alphas (betas), or their default after its end.
 */
export function activationsOf(
  attributes: ActivationAttributes,
  defaults: readonly string[],
  directions: number,
): readonly (readonly Activation[])[] {
  const wanted = defaults.length * directions;
  const names = attributes.activations ?? new Array<readonly string[]>(directions).fill(defaults).flat();
  if (names.length < wanted) {
    fail(activationsTooFew({ needed: wanted, gates: defaults.length, given: names.length, names }));
  }
  const alphas = [...(attributes.activation_alpha ?? [])];
  const betas = [...(attributes.activation_beta ?? [])];
  const functions = names.slice(0, wanted).map((name) => {
    const facts = activations.get(name.toLowerCase());
    if (facts === undefined) {
      fail(activationUnknown({ name }));
    }
    const alpha = facts.alpha === undefined ? 0 : (alphas.shift() ?? facts.alpha);
    const beta = facts.beta === undefined ? 0 : (betas.shift() ?? facts.beta);
    return clipped(facts.make(alpha, beta), attributes.clip);
  });
  return Array.from({ length: directions }, (_, d) => functions.slice(d * defaults.length, (d + 1) * defaults.length));
}

function clipped(activation: Activation, limit: number | undefined): Activation {
  return limit === undefined ? activation : (x) => activation(Math.min(Math.max(x, -limit), limit));
}
