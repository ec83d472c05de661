/** Gelu, x·Φ(x) with Φ the normal distribution's function (Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016). */
import { textAttribute } from '../ir/graph-editor.js';
import { any, type Expression, either, mul } from './formula/expression.js';
import { defineFusion, fusionPass } from './formula/fusion.js';
import { resultIsLike } from './formula/guards.js';
import { add, erf, pow, tanh } from './formula/operators.js';

const x = any('x');

/** x/2 · (1 + Erf(x/√2)) */
const exact = mul(1 / 2, x, add(1, erf(mul(Math.SQRT1_2, x))));

/** x/2 · (1 + Tanh(√(2/π) · (x + 0.044715·x³))), or with x·(1 + 0.044715·x²) */
const sum = either(add(x, mul(0.044715, pow(x, 3))), mul(x, add(1, mul(0.044715, pow(x, 2)))));
const approximate = mul(1 / 2, x, add(1, tanh(mul(Math.sqrt(2 / Math.PI), sum))));

export const fuseGelu = fusionPass('fuse-gelu', [gelu('none', exact), gelu('tanh', approximate)]);

function gelu(approximate: 'none' | 'tanh', formula: Expression) {
  return defineFusion({
    name: 'Gelu',
    since: 20,
    formulas: [formula],
    guards: [resultIsLike(x)],
    replaceBy: ({ of }) => ({
      inputs: [of(x)],
      attributes: new Map([['approximate', textAttribute(approximate)]]),
    }),
  });
}
