/** Elementwise operators as trees that kernels emit. */

import type { Node } from '../../ir/graph.js';
import type { AttributeSpecs, AttributeValues } from '../../ops/attributes.js';
import { boundAs, isOf } from '../../ops/bind.js';
import { dropout } from '../../ops/creation/dropout.js';
import { activation } from '../../ops/elementwise/activation.js';
import { arithmetic } from '../../ops/elementwise/arithmetic.js';
import { casts } from '../../ops/elementwise/cast.js';
import { clipping } from '../../ops/elementwise/clip.js';
import { comparison } from '../../ops/elementwise/comparison.js';
import { experimental } from '../../ops/elementwise/experimental.js';
import { gated } from '../../ops/elementwise/gated.js';
import type { legacyBroadcastAttributes } from '../../ops/elementwise/legacy-broadcast.js';
import { logic } from '../../ops/elementwise/logic.js';
import { math } from '../../ops/elementwise/math.js';
import { powers } from '../../ops/elementwise/power.js';
import { rounding } from '../../ops/elementwise/rounding.js';
import { variadic } from '../../ops/elementwise/variadic.js';
import { where as whereOperators } from '../../ops/elementwise/where.js';
import { reshaping } from '../../ops/movement/reshape.js';
import type { BoundAttributes, BoundOperator, OperatorSchema } from '../../ops/operator.js';
import {
  binary,
  type ComparisonName,
  clip,
  constant,
  type Elementwise,
  leakyRelu,
  type UnaryName,
  unary,
  where,
} from '../../wasm/kernels/elementwise-expression.js';
import { powerTree } from './power.js';

type Trees = readonly (Elementwise | undefined)[];

/** How an operator becomes a tree. */
/** What nodes have that no tree computes, by their attributes or version. */
export type Misfit = 'training' | 'inputs that an axis aligns' | 'a slope for each channel as before version 7';

interface Translation {
  readonly schema: OperatorSchema;
  /** Why a tree does not compute some nodes of the operator, where attributes or version say so. */
  readonly misfit: Misfit | undefined;
  fits(node: Node, bound: BoundOperator): boolean;
  /** The node as a tree over the trees of its inputs, where an absent input has none; undefined where these do not allow it. */
  translate(node: Node, inputs: Trees, bound: BoundOperator): Elementwise | undefined;
}

function define<const S extends AttributeSpecs>(
  schema: OperatorSchema<S>,
  tree: (inputs: Trees, attributes: AttributeValues<S>, node: Node) => Elementwise | undefined,
  misfit?: Misfit,
  fits: (node: Node, bound: BoundAttributes<S>) => boolean = () => true,
): Translation {
  return {
    schema,
    misfit,
    fits: (node, bound) => isOf(schema, bound) && fits(node, bound),
    translate: (node, inputs, bound) => (isOf(schema, bound) ? tree(inputs, bound.attributes, node) : undefined),
  };
}

/**
 * Whether inputs are aligned at their last axes. Before version 7 an `axis` could say where the second input's axes begin in
 * the first's.
 */
function isAligned(_node: Node, { attributes }: BoundAttributes<typeof legacyBroadcastAttributes>): boolean {
  return !attributes.broadcast || attributes.axis === undefined;
}

const sqrt2 = Math.SQRT2;

function numberOf(tree: Elementwise | undefined): number | undefined {
  return tree?.kind === 'constant' ? tree.value : undefined;
}

function simple(name: UnaryName) {
  return ([x]: Trees) => x && unary(name, x);
}

function folded(name: 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max') {
  return (inputs: Trees) => {
    let tree: Elementwise | undefined;
    for (const input of inputs) {
      if (input === undefined) return undefined;
      tree = tree === undefined ? input : binary(name, tree, input);
    }
    return tree;
  };
}

/** Where two trees are compared: 1 or 0. */
function comparing(name: ComparisonName) {
  return ([a, b]: Trees) => a && b && binary(name, a, b);
}

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

const translations: readonly Translation[] = [
  define(reshaping.Identity, ([x]) => x),
  // Only where the numbers stay what they are, or are rounded (cast.ts).
  define(casts.Cast, ([x]) => x),
  // In training it draws random numbers.
  define(
    dropout.Dropout,
    ([x]) => x,
    'training',
    ({ inputs, outputs }) => inputs[2] === undefined && outputs[1] === undefined,
  ),
  define(activation.Relu, simple('relu')),
  define(activation.Sigmoid, simple('sigmoid')),
  define(math.Tanh, simple('tanh')),
  define(math.Exp, simple('exp')),
  define(math.Log, simple('log')),
  define(math.Sqrt, simple('sqrt')),
  define(math.Abs, simple('abs')),
  define(math.Neg, simple('neg')),
  define(rounding.Floor, simple('floor')),
  define(rounding.Ceil, simple('ceil')),
  define(rounding.Round, simple('round')),
  define(math.Reciprocal, simple('reciprocal')),
  define(math.Erf, simple('erf')),
  define(math.Sin, simple('sin')),
  define(math.Cos, simple('cos')),
  define(math.Tan, ([x]) => x && binary('div', unary('sin', x), unary('cos', x))),
  define(math.Sinh, simple('sinh')),
  define(math.Cosh, simple('cosh')),
  define(math.Asin, simple('asin')),
  define(math.Acos, simple('acos')),
  define(math.Atan, simple('atan')),
  define(math.Asinh, simple('asinh')),
  define(math.Acosh, simple('acosh')),
  define(math.Atanh, simple('atanh')),
  define(activation.Softplus, simple('softplus')),
  define(arithmetic.Add, folded('add'), 'inputs that an axis aligns', isAligned),
  define(arithmetic.Sub, folded('sub'), 'inputs that an axis aligns', isAligned),
  define(arithmetic.Mul, folded('mul'), 'inputs that an axis aligns', isAligned),
  define(arithmetic.Div, folded('div'), 'inputs that an axis aligns', isAligned),
  define(variadic.Sum, folded('add')),
  define(variadic.Min, folded('min')),
  define(variadic.Max, folded('max')),
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
  define(activation.LeakyRelu, ([x], { alpha }) => x && leakyRelu(x, alpha)),
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
  define(activation.ThresholdedRelu, ([x], { alpha }) => x && where(binary('sub', x, constant(alpha)), x, constant(0))),
  define(activation.Shrink, ([x], { bias, lambd }) => {
    if (x === undefined) return undefined;
    const above = where(binary('greater', x, constant(lambd)), binary('sub', x, constant(bias)), constant(0));
    return where(binary('less', x, constant(-lambd)), binary('add', x, constant(bias)), above);
  }),
  define(activation.Elu, ([x], { alpha }) => x && exponentialUnit(x, alpha)),
  define(activation.Selu, ([x], { alpha, gamma }) => x && binary('mul', constant(gamma), exponentialUnit(x, alpha))),
  define(activation.Celu, ([x], { alpha }) => {
    if (x === undefined) return undefined;
    const grown = binary('sub', unary('exp', binary('div', x, constant(alpha))), constant(1));
    return binary('add', unary('relu', x), binary('min', constant(0), binary('mul', constant(alpha), grown)));
  }),
  define(activation.HardSigmoid, ([x], { alpha, beta }) => x && hardSigmoid(x, alpha, beta)),
  define(activation.HardSwish, ([x]) => x && binary('mul', x, hardSigmoid(x, 1 / 6, 0.5))),
  define(activation.Softsign, ([x]) => x && binary('div', x, binary('add', constant(1), unary('abs', x)))),
  define(activation.Mish, ([x]) => x && binary('mul', x, unary('tanh', unary('softplus', x)))),
  define(activation.Swish, ([x], { alpha }) => x && binary('mul', x, unary('sigmoid', scaled(x, alpha)))),
  define(activation.Gelu, ([x], { approximate }) => {
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
        : unary('erf', binary('mul', x, constant(1 / sqrt2)));
    return binary('mul', half, binary('add', constant(1), inner));
  }),
  define(clipping.Clip, ([x, low, high], { min, max }, { inputs }) => {
    if (x === undefined) return undefined;
    // A bound is an attribute up to version 6, an input from 11 on.
    const bound = (given: boolean, tree: Elementwise | undefined, attribute: number | undefined) =>
      given ? tree : attribute === undefined ? undefined : constant(attribute);
    const least = bound(inputs[1] !== undefined, low, min);
    const most = bound(inputs[2] !== undefined, high, max);
    if (Number.isNaN(numberOf(least)) || Number.isNaN(numberOf(most))) return undefined;
    const raised = least === undefined ? x : binary('max', x, least);
    return most === undefined ? raised : binary('min', raised, most);
  }),
  define(
    powers.Pow,
    ([x, exponent]) => x && exponent && powerTree(x, exponent),
    'inputs that an axis aligns',
    isAligned,
  ),
  define(comparison.Less, comparing('less'), 'inputs that an axis aligns', isAligned),
  define(comparison.Greater, comparing('greater'), 'inputs that an axis aligns', isAligned),
  define(comparison.Equal, comparing('equal'), 'inputs that an axis aligns', isAligned),
  define(comparison.GreaterOrEqual, comparing('greaterOrEqual')),
  define(comparison.LessOrEqual, comparing('lessOrEqual')),
  define(whereOperators.Where, ([condition, a, b]) => condition && a && b && where(condition, a, b)),
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
  define(math.Sign, simple('sign')),
];

export const elementwiseOperators: readonly Pick<Translation, 'schema' | 'misfit'>[] = translations;

const byName = new Map(translations.map((translation) => [translation.schema.name, translation]));

/** How a node becomes a tree, and what it is bound as; undefined where it cannot. */
function translationOf(node: Node): { readonly translation: Translation; readonly bound: BoundOperator } | undefined {
  const translation = byName.get(node.opType);
  const bound = translation && boundAs(translation.schema, node);
  return bound !== undefined && translation!.fits(node, bound) ? { translation: translation!, bound } : undefined;
}

/** Why no tree computes a node of an elementwise operator, whatever its inputs are. */
export function misfitOf(node: Node): Misfit | undefined {
  return byName.get(node.opType)?.misfit;
}

/** Whether the node is elementwise, and a tree for some inputs. */
export function isElementwise(node: Node): boolean {
  return translationOf(node) !== undefined;
}

/** The node as a tree over the trees of its inputs. */
export function expressionOf(node: Node, inputs: readonly (Elementwise | undefined)[]): Elementwise | undefined {
  const found = translationOf(node);
  return found?.translation.translate(node, inputs, found.bound);
}
