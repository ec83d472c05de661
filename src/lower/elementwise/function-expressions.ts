/** Elementwise operators that few convolutional networks have, as trees that kernels emit. */
import { experimental } from '../../ops/elementwise/experimental.js';
import { gated } from '../../ops/elementwise/gated.js';
import { logic } from '../../ops/elementwise/logic.js';
import { smoothActivation } from '../../ops/elementwise/smooth-activation.js';
import { trigonometry } from '../../ops/elementwise/trigonometry.js';
import { variadic } from '../../ops/elementwise/variadic.js';
import { binary, clip, constant, type Elementwise, unary, where } from '../../wasm/kernels/elementwise-expression.js';
import { define, folded, isAligned, simple, type Translation } from './expression.js';

/** alpha * (exp(x) - 1) where x is not above 0. */
function exponentialUnit(x: Elementwise, alpha: number): Elementwise {
  const below = binary('mul', constant(alpha), binary('sub', unary('exp', binary('min', x, constant(0))), constant(1)));
  return where(x, x, below);
}

function scaled(x: Elementwise, factor: number): Elementwise {
  return factor === 1 ? x : binary('mul', x, constant(factor));
}

function hardSigmoid(x: Elementwise, alpha: number, beta: number): Elementwise {
  return clip(binary('add', binary('mul', x, constant(alpha)), constant(beta)), 0, 1);
}

export const functionTranslations: readonly Translation[] = [
  define(trigonometry.Sin, simple('sin')),
  define(trigonometry.Cos, simple('cos')),
  define(trigonometry.Tan, ([x]) => x && binary('div', unary('sin', x), unary('cos', x))),
  define(trigonometry.Sinh, simple('sinh')),
  define(trigonometry.Cosh, simple('cosh')),
  define(trigonometry.Asin, simple('asin')),
  define(trigonometry.Acos, simple('acos')),
  define(trigonometry.Atan, simple('atan')),
  define(trigonometry.Asinh, simple('asinh')),
  define(trigonometry.Acosh, simple('acosh')),
  define(trigonometry.Atanh, simple('atanh')),
  define(smoothActivation.Softplus, simple('softplus')),
  define(variadic.Mean, (inputs) => {
    const sum = folded('add')(inputs);
    return sum && binary('div', sum, constant(inputs.length));
  }),
  define(
    experimental.Affine,
    ([x], { alpha, beta }) => x && binary('add', binary('mul', x, constant(alpha)), constant(beta)),
  ),
  define(
    experimental.ScaledTanh,
    ([x], { alpha, beta }) => x && binary('mul', constant(alpha), unary('tanh', binary('mul', x, constant(beta)))),
  ),
  // Before version 7 a slope for each channel was a vector, which today's broadcasting takes for the last axis.
  define(
    gated.PRelu,
    ([x, slope]) => x && slope && where(x, x, binary('mul', x, slope)),
    'a slope for each channel as before version 7',
    (_node, { version }) => version >= 7,
  ),
  define(gated.SwiGLU, ([gate, value], { alpha }) => {
    if (gate === undefined || value === undefined) return undefined;
    return binary('mul', binary('mul', gate, unary('sigmoid', scaled(gate, alpha))), value);
  }),
  define(
    smoothActivation.ThresholdedRelu,
    ([x], { alpha }) => x && where(binary('sub', x, constant(alpha)), x, constant(0)),
  ),
  define(smoothActivation.Shrink, ([x], { bias, lambd }) => {
    if (x === undefined) return undefined;
    const above = where(binary('greater', x, constant(lambd)), binary('sub', x, constant(bias)), constant(0));
    return where(binary('less', x, constant(-lambd)), binary('add', x, constant(bias)), above);
  }),
  define(smoothActivation.Elu, ([x], { alpha }) => x && exponentialUnit(x, alpha)),
  define(
    smoothActivation.Selu,
    ([x], { alpha, gamma }) => x && binary('mul', constant(gamma), exponentialUnit(x, alpha)),
  ),
  define(smoothActivation.Celu, ([x], { alpha }) => {
    if (x === undefined) return undefined;
    const grown = binary('sub', unary('exp', binary('div', x, constant(alpha))), constant(1));
    return binary('add', unary('relu', x), binary('min', constant(0), binary('mul', constant(alpha), grown)));
  }),
  define(smoothActivation.HardSigmoid, ([x], { alpha, beta }) => x && hardSigmoid(x, alpha, beta)),
  define(smoothActivation.HardSwish, ([x]) => x && binary('mul', x, hardSigmoid(x, 1 / 6, 0.5))),
  define(smoothActivation.Softsign, ([x]) => x && binary('div', x, binary('add', constant(1), unary('abs', x)))),
  define(smoothActivation.Mish, ([x]) => x && binary('mul', x, unary('tanh', unary('softplus', x)))),
  define(smoothActivation.Swish, ([x], { alpha }) => x && binary('mul', x, unary('sigmoid', scaled(x, alpha)))),
  define(smoothActivation.Gelu, ([x], { approximate }) => {
    if (x === undefined) return undefined;
    const half = binary('mul', x, constant(0.5));
    const inner =
      approximate === 'tanh'
        ? unary(
            'tanh',
            binary(
              'mul',
              constant(Math.sqrt(2 / Math.PI)),
              binary('add', x, binary('mul', constant(0.044715), binary('mul', binary('mul', x, x), x))),
            ),
          )
        : unary('erf', binary('mul', x, constant(1 / Math.SQRT2)));
    return binary('mul', half, binary('add', constant(1), inner));
  }),
  define(logic.Not, ([x]) => x && binary('sub', constant(1), x)),
  define(logic.And, folded('min'), 'inputs that an axis aligns', isAligned),
  define(logic.Or, folded('max'), 'inputs that an axis aligns', isAligned),
  define(logic.Xor, ([a, b]) => a && b && unary('abs', binary('sub', a, b)), 'inputs that an axis aligns', isAligned),
  define(logic.IsNaN, simple('isNaN')),
  define(logic.IsInf, ([x], { detect_negative, detect_positive }) => {
    if (x === undefined) return undefined;
    const infinity = constant(Number.POSITIVE_INFINITY);
    if (detect_negative && detect_positive) return binary('equal', unary('abs', x), infinity);
    if (detect_positive) return binary('equal', x, infinity);
    return detect_negative ? binary('equal', x, constant(Number.NEGATIVE_INFINITY)) : binary('less', x, x);
  }),
];
