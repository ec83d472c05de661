/** The functions that recurrent operators name in their attributes, as trees over one input (Operators.md, LSTM). */
import {
  binary,
  clip,
  constant,
  type Elementwise,
  input,
  leakyRelu,
  replaceInputs,
  unary,
  where,
} from '../wasm/kernels/elementwise-expression.js';

interface Activation {
  /** Defaults of the parameters that the function takes. */
  readonly alpha?: number;
  readonly beta?: number;
  readonly tree: (alpha: number, beta: number) => Elementwise;
}

const x = input(0);

function scaled(tree: Elementwise, factor: number): Elementwise {
  return binary('mul', tree, constant(factor));
}

/** By lower-case name, as in ops/recurrent/activations.ts. */
const activations: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ['relu', { tree: () => unary('relu', x) }],
  ['tanh', { tree: () => unary('tanh', x) }],
  ['sigmoid', { tree: () => unary('sigmoid', x) }],
  ['affine', { alpha: 1, beta: 0, tree: (alpha, beta) => binary('add', scaled(x, alpha), constant(beta)) }],
  ['leakyrelu', { alpha: 0.01, tree: (alpha) => leakyRelu(x, alpha) }],
  [
    'thresholdedrelu',
    { alpha: 1, tree: (alpha) => where(binary('greaterOrEqual', x, constant(alpha)), x, constant(0)) },
  ],
  ['scaledtanh', { alpha: 1, beta: 1, tree: (alpha, beta) => scaled(unary('tanh', scaled(x, beta)), alpha) }],
  [
    'hardsigmoid',
    { alpha: 0.2, beta: 0.5, tree: (alpha, beta) => clip(binary('add', scaled(x, alpha), constant(beta)), 0, 1) },
  ],
  ['elu', { alpha: 1, tree: (alpha) => where(x, x, scaled(belowZero(), alpha)) }],
  ['softsign', { tree: () => binary('div', x, binary('add', constant(1), unary('abs', x))) }],
  ['softplus', { tree: () => unary('softplus', x) }],
]);

/** exp(x) - 1 where x is not above 0. */
function belowZero(): Elementwise {
  return binary('sub', unary('exp', binary('min', x, constant(0))), constant(1));
}

interface ActivationAttributes {
  readonly activations: readonly string[] | undefined;
  readonly activation_alpha: readonly number[] | undefined;
  readonly activation_beta: readonly number[] | undefined;
  readonly clip: number | undefined;
}

/**
 * The functions of each direction, on arguments that are clipped where that is asked for. Those that take an alpha (a beta) take
 * the next one of the list, or their default after its end.
 * @param defaults of one direction
 */
export function activationTrees(
  attributes: ActivationAttributes,
  defaults: readonly string[],
  directions: number,
): readonly (readonly Elementwise[])[] | undefined {
  const names = attributes.activations ?? new Array<readonly string[]>(directions).fill(defaults).flat();
  const [alphas, betas] = [[...(attributes.activation_alpha ?? [])], [...(attributes.activation_beta ?? [])]];
  const trees: Elementwise[] = [];
  for (const name of names.slice(0, defaults.length * directions)) {
    const found = activations.get(name.toLowerCase());
    if (found === undefined) return undefined;
    const alpha = found.alpha === undefined ? 0 : (alphas.shift() ?? found.alpha);
    const beta = found.beta === undefined ? 0 : (betas.shift() ?? found.beta);
    const { clip: limit } = attributes;
    const tree = found.tree(alpha, beta);
    trees.push(limit === undefined ? tree : replaceInputs(tree, () => clip(x, -limit, limit)));
  }
  return Array.from({ length: directions }, (_, d) => trees.slice(d * defaults.length, (d + 1) * defaults.length));
}
