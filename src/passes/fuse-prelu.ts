/**
 * PRelu (He et al., "Delving Deep into Rectifiers", 2015) and LeakyRelu, x where it is positive and slope·x elsewhere; at 0
 * both are 0. Exporters write a comparison and Where, Relu(x) − slope·Relu(−x), or the larger of x and slope·x.
 */
import { floatAttribute } from '../ir/graph-editor.js';
import { numbersOf, tensorFromNumbers } from '../ir/numeric.js';
import { any, constant, type Expression, either, mul, scalar } from './formula/expression.js';
import { defineFusion, fusionPass, type Guard } from './formula/fusion.js';
import { resultIsLike } from './formula/guards.js';
import { add, isNegative, isPositive, max, neg, relu, sub, times, where } from './formula/operators.js';
import { rankOf } from './output-channels.js';

const x = any('x');
const slope = any('slope');
const alpha = scalar('alpha');
/** The slope with the other sign. */
const [opposite, negative] = [scalar('-alpha'), constant('-slope')];
const fixed = constant('slope');

const chosen = (below: Expression) => either(where(isPositive(x), x, below), where(isNegative(x), below, x));

/** Max(x, slope·x) is the larger of both, which for other slopes is the wrong one. */
const isBetween: Guard = ({ root, of }) =>
  root.opType !== 'Max' || (of(alpha) >= 0 && of(alpha) <= 1)
    ? undefined
    : `the slope ${of(alpha)} is not between 0 and 1`;

const broadcasts: Guard = ({ of, find, editor, inference }) => {
  const value = find(slope) ?? find(fixed) ?? of(negative);
  const [rank, own] = [rankOf(of(x), inference), editor.constant(value)?.dims.length ?? rankOf(value, inference)];
  const fits = rank !== undefined && own !== undefined && own <= rank;
  return fits ? undefined : `the slope does not broadcast to '${of(x).name}'`;
};

const leakyRelu = defineFusion({
  name: 'LeakyRelu',
  since: 6,
  formulas: [
    chosen(mul(alpha, x)),
    max(x, mul(alpha, x)),
    sub(relu(x), mul(alpha, relu(neg(x)))),
    add(relu(x), mul(opposite, relu(neg(x)))),
  ],
  guards: [resultIsLike(x), isBetween],
  replaceBy: ({ of, find }) => ({
    inputs: [of(x)],
    attributes: new Map([['alpha', floatAttribute(find(alpha) ?? -of(opposite))]]),
  }),
});

const prelu = defineFusion({
  name: 'PRelu',
  // From this version on broadcasting is as it is today.
  since: 9,
  formulas: [
    chosen(times(slope, x)),
    sub(relu(x), times(fixed, relu(neg(x)))),
    add(relu(x), times(negative, relu(neg(x)))),
  ],
  guards: [resultIsLike(x), broadcasts],
  replaceBy: ({ of, find, editor, addConstant }) => {
    const negated = editor.constant(find(negative));
    if (negated === undefined) return { inputs: [of(x), find(slope) ?? of(fixed)] };
    const slopes = Float64Array.from(numbersOf(negated.load()), (value) => -value);
    return { inputs: [of(x), addConstant('slope', tensorFromNumbers(negated.type, negated.dims, slopes))] };
  },
});

export const fusePRelu = fusionPass('fuse-prelu', [leakyRelu, prelu]);
