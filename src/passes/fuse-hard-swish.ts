/**
 * HardSigmoid, max(0, min(1, alpha·x + beta)), and HardSwish, x·HardSigmoid(x) with 1/6 and 1/2 (Howard et al., "Searching
 * for MobileNetV3", 2019, section 5.2). Exporters write x·Clip(x + 3, 0, 6)/6, and bound by another number than 6.
 */
import { floatAttribute } from '../ir/graph-editor.js';
import { smoothActivation } from '../ops/elementwise/smooth-activation.js';
import { any, line, mul, operation, scalar } from './formula/expression.js';
import { defineFusion, fusionPass } from './formula/fusion.js';
import { resultIsLike } from './formula/guards.js';
import { isNear } from './formula/match.js';
import { clip } from './formula/operators.js';

const x = any('x');
const [scale, shift, high, factor] = [scalar('scale'), scalar('shift'), scalar('high'), scalar('factor')];

/** max(0, min(high, scale·x + shift)), which times 1/high is a HardSigmoid. */
const gate = clip(line(x, scale, shift), 0, high);

/** HardSigmoid(x) with 1/6 and 1/2. */
const sixth = operation(smoothActivation.HardSigmoid, { X: x }, ({ attributes: { alpha, beta } }) => [
  [1 / 6, alpha],
  [1 / 2, beta],
]);

const hardSwish = defineFusion({
  name: 'HardSwish',
  since: 14,
  formulas: [mul(x, sixth), mul(factor, x, gate)],
  where: ({ find }) => {
    const [a = 1 / 6, b = 1 / 2, most = 1, times = 1] = [scale, shift, high, factor].map(find);
    return isNear(times * most, 1) && isNear(times * a, 1 / 6) && isNear(times * b, 1 / 2);
  },
  guards: [resultIsLike(x)],
  replaceBy: ({ of }) => ({ inputs: [of(x)] }),
});

const hardSigmoid = defineFusion({
  name: 'HardSigmoid',
  since: 6,
  formulas: [mul(factor, gate)],
  where: ({ of }) => isNear(of(factor) * of(high), 1),
  guards: [resultIsLike(x)],
  replaceBy: ({ of }) => ({
    inputs: [of(x)],
    attributes: new Map([
      ['alpha', floatAttribute(of(scale) * of(factor))],
      ['beta', floatAttribute(of(shift) * of(factor))],
    ]),
  }),
});

export const fuseHardSwish = fusionPass('fuse-hard-swish', [hardSwish, hardSigmoid]);
