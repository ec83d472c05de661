/** Elementwise operators as trees that kernels emit. */

import type { Node } from '../ir/graph.js';
import { floatOf, intOf, textOf } from '../ir/node-attributes.js';
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
} from '../wasm/kernels/elementwise-expression.js';
import { powerTree } from './power.js';

/** Makes the tree of a node of those of its inputs; nothing where it cannot. An absent input has no tree. */
type Translate = (node: Node, inputs: readonly (Elementwise | undefined)[]) => Elementwise | undefined;

const sqrt2 = Math.SQRT2;
/** selu's constants (Klambauer et al., 2017), as ONNX gives them in single precision. */
const seluAlpha = 1.6732631921768188;
const seluGamma = 1.0507010221481323;

function numberOf(tree: Elementwise | undefined): number | undefined {
  return tree?.kind === 'constant' ? tree.value : undefined;
}

function simple(name: UnaryName): Translate {
  return (_node, [x]) => x && unary(name, x);
}

function folded(name: 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max'): Translate {
  return (_node, inputs) => {
    let tree: Elementwise | undefined;
    for (const input of inputs) {
      if (input === undefined) return undefined;
      tree = tree === undefined ? input : binary(name, tree, input);
    }
    return tree;
  };
}

/** Where two trees are compared: 1 or 0. */
function comparison(name: ComparisonName): Translate {
  return (_node, [a, b]) => a && b && binary(name, a, b);
}

/** alpha * (exp(x) - 1) where x is not above 0. */
function exponentialUnit(x: Elementwise, alpha: number): Elementwise {
  const below = binary('mul', constant(alpha), binary('sub', unary('exp', binary('min', x, constant(0))), constant(1)));
  return where(x, x, below);
}

function hardSigmoid(x: Elementwise, alpha: number, beta: number): Elementwise {
  return clip(binary('add', binary('mul', x, constant(alpha)), constant(beta)), 0, 1);
}

const translations: Readonly<Record<string, Translate>> = {
  Identity: (_node, [x]) => x,
  // Only where the numbers stay what they are (chain.ts).
  Cast: (_node, [x]) => x,
  Dropout: (_node, [x]) => x,
  Relu: simple('relu'),
  Sigmoid: simple('sigmoid'),
  Tanh: simple('tanh'),
  Exp: simple('exp'),
  Log: simple('log'),
  Sqrt: simple('sqrt'),
  Abs: simple('abs'),
  Neg: simple('neg'),
  Floor: simple('floor'),
  Ceil: simple('ceil'),
  Round: simple('round'),
  Reciprocal: simple('reciprocal'),
  Erf: simple('erf'),
  Softplus: simple('softplus'),
  Add: folded('add'),
  Sub: folded('sub'),
  Mul: folded('mul'),
  Div: (_node, [a, b]) => {
    if (a === undefined || b === undefined) return undefined;
    return binary('div', a, b);
  },
  Sum: folded('add'),
  Min: folded('min'),
  Max: folded('max'),
  Mean: (node, inputs) => {
    const sum = folded('add')(node, inputs);
    return sum && binary('div', sum, constant(inputs.length));
  },
  Affine: (node, [x]) =>
    x && binary('add', binary('mul', x, constant(floatOf(node, 'alpha') ?? 1)), constant(floatOf(node, 'beta') ?? 0)),
  LeakyRelu: (node, [x]) => x && leakyRelu(x, floatOf(node, 'alpha') ?? 0.01),
  PRelu: (_node, [x, slope]) => x && slope && where(x, x, binary('mul', x, slope)),
  ThresholdedRelu: (node, [x]) => x && where(binary('sub', x, constant(floatOf(node, 'alpha') ?? 1)), x, constant(0)),
  Elu: (node, [x]) => x && exponentialUnit(x, floatOf(node, 'alpha') ?? 1),
  Selu: (node, [x]) =>
    x &&
    binary(
      'mul',
      constant(floatOf(node, 'gamma') ?? seluGamma),
      exponentialUnit(x, floatOf(node, 'alpha') ?? seluAlpha),
    ),
  HardSigmoid: (node, [x]) => x && hardSigmoid(x, floatOf(node, 'alpha') ?? 0.2, floatOf(node, 'beta') ?? 0.5),
  HardSwish: (_node, [x]) => x && binary('mul', x, hardSigmoid(x, 1 / 6, 0.5)),
  Softsign: (_node, [x]) => x && binary('div', x, binary('add', constant(1), unary('abs', x))),
  Mish: (_node, [x]) => x && binary('mul', x, unary('tanh', unary('softplus', x))),
  Swish: (node, [x]) => {
    const alpha = floatOf(node, 'alpha') ?? 1;
    return x && binary('mul', x, unary('sigmoid', alpha === 1 ? x : binary('mul', x, constant(alpha))));
  },
  Gelu: (node, [x]) => {
    if (x === undefined) return undefined;
    const half = binary('mul', x, constant(0.5));
    const inner =
      textOf(node, 'approximate') === 'tanh'
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
  },
  Clip: (node, [x, low, high]) => {
    if (x === undefined) return undefined;
    // A bound is an attribute up to version 6, an input from 11 on.
    const isOld = node.opset < 11;
    const least = isOld ? floatOf(node, 'min') : node.inputs[1] && (numberOf(low) ?? Number.NaN);
    const most = isOld ? floatOf(node, 'max') : node.inputs[2] && (numberOf(high) ?? Number.NaN);
    if (Number.isNaN(least) || Number.isNaN(most)) return undefined;
    const raised = least === undefined ? x : binary('max', x, constant(least));
    return most === undefined ? raised : binary('min', raised, constant(most));
  },
  Pow: (_node, [x, exponent]) => x && exponent && powerTree(x, exponent),
  Less: comparison('less'),
  Greater: comparison('greater'),
  Equal: comparison('equal'),
  GreaterOrEqual: comparison('greaterOrEqual'),
  LessOrEqual: comparison('lessOrEqual'),
  Where: (_node, [condition, a, b]) => condition && a && b && where(condition, a, b),
  Not: (_node, [x]) => x && binary('sub', constant(1), x),
};

/** Whether the operator is elementwise and has a tree for some inputs. */
export function isElementwise(node: Node): boolean {
  if (node.domain !== '' || !(node.opType in translations)) return false;
  // A Dropout that trains draws numbers; legacy broadcasting is placed by an axis.
  if (node.opType === 'Dropout') return node.outputs.length === 1 && node.inputs.length < 3;
  return intOf(node, 'axis') === undefined;
}

export function expressionOf(node: Node, inputs: readonly (Elementwise | undefined)[]): Elementwise | undefined {
  return isElementwise(node) ? translations[node.opType]!(node, inputs) : undefined;
}
