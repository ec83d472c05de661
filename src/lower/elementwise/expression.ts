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
import type { legacyBroadcastAttributes } from '../../ops/elementwise/legacy-broadcast.js';
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
  constant,
  type Elementwise,
  leakyRelu,
  type UnaryName,
  unary,
  where,
} from '../../wasm/kernels/elementwise-expression.js';
import { powerTree } from './power.js';

export type Trees = readonly (Elementwise | undefined)[];

/** How an operator becomes a tree. */
/** What nodes have that no tree computes, by their attributes or version. */
export type Misfit = 'training' | 'inputs that an axis aligns' | 'a slope for each channel as before version 7';

export interface Translation {
  readonly schema: OperatorSchema;
  /** Why a tree does not compute some nodes of the operator, where attributes or version say so. */
  readonly misfit: Misfit | undefined;
  fits(node: Node, bound: BoundOperator): boolean;
  /** The node as a tree over the trees of its inputs, where an absent input has none; undefined where these do not allow it. */
  translate(node: Node, inputs: Trees, bound: BoundOperator): Elementwise | undefined;
}

export function define<const S extends AttributeSpecs>(
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
export function isAligned(_node: Node, { attributes }: BoundAttributes<typeof legacyBroadcastAttributes>): boolean {
  return !attributes.broadcast || attributes.axis === undefined;
}

function numberOf(tree: Elementwise | undefined): number | undefined {
  return tree?.kind === 'constant' ? tree.value : undefined;
}

export function simple(name: UnaryName) {
  return ([x]: Trees) => x && unary(name, x);
}

export function folded(name: 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max') {
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
  define(arithmetic.Add, folded('add'), 'inputs that an axis aligns', isAligned),
  define(arithmetic.Sub, folded('sub'), 'inputs that an axis aligns', isAligned),
  define(arithmetic.Mul, folded('mul'), 'inputs that an axis aligns', isAligned),
  define(arithmetic.Div, folded('div'), 'inputs that an axis aligns', isAligned),
  define(variadic.Sum, folded('add')),
  define(variadic.Min, folded('min')),
  define(variadic.Max, folded('max')),
  define(activation.LeakyRelu, ([x], { alpha }) => x && leakyRelu(x, alpha)),
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
  define(math.Sign, simple('sign')),
];

export const elementwiseOperators: readonly Pick<Translation, 'schema' | 'misfit'>[] = translations;

const byName = new Map(translations.map((translation) => [translation.schema.name, translation]));

/** Adds those that come with a group of lowerings. */
export function registerTranslations(others: readonly Translation[]): void {
  for (const translation of others) byName.set(translation.schema.name, translation);
}

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
