/** Where not even the rank of the inputs is known, the rules say so; they do not fail. */
import { describe, expect, it } from 'vitest';
import type { Attribute } from '../../../src/ir/graph.js';
import { tensorType } from '../../../src/ir/shape.js';
import { activation } from '../../../src/ops/elementwise/activation.js';
import { arithmetic } from '../../../src/ops/elementwise/arithmetic.js';
import { bitwise } from '../../../src/ops/elementwise/bitwise.js';
import { casts } from '../../../src/ops/elementwise/cast.js';
import { clipping } from '../../../src/ops/elementwise/clip.js';
import { comparison } from '../../../src/ops/elementwise/comparison.js';
import { gated } from '../../../src/ops/elementwise/gated.js';
import { logic } from '../../../src/ops/elementwise/logic.js';
import { math } from '../../../src/ops/elementwise/math.js';
import { modulo } from '../../../src/ops/elementwise/modulo.js';
import { powers } from '../../../src/ops/elementwise/power.js';
import { rounding } from '../../../src/ops/elementwise/rounding.js';
import { variadic } from '../../../src/ops/elementwise/variadic.js';
import { where } from '../../../src/ops/elementwise/where.js';
import type { Operator } from '../../../src/ops/operator.js';
import { argExtrema } from '../../../src/ops/reduction/arg.js';
import { cumulative } from '../../../src/ops/reduction/cumulative.js';
import { losses } from '../../../src/ops/reduction/loss.js';
import { reductions } from '../../../src/ops/reduction/reduce.js';
import { softmaxes } from '../../../src/ops/reduction/softmax.js';
import { bareContext, bareNode } from '../../support/bare-context.js';

const families: readonly (readonly Operator[])[] = [
  activation,
  arithmetic,
  bitwise,
  casts,
  clipping,
  comparison,
  gated,
  logic,
  math,
  modulo,
  powers,
  rounding,
  variadic,
  where,
  argExtrema,
  cumulative,
  losses,
  reductions,
  softmaxes,
];

const attributes = new Map<string, Attribute>([
  ['to', { kind: 'int', value: 1n }],
  ['direction', { kind: 'string', value: new TextEncoder().encode('LEFT') }],
  ['reduction', { kind: 'string', value: new TextEncoder().encode('none') }],
  ['keepdims', { kind: 'int', value: 0n }],
]);

function bind(operator: Operator, opset: number, count: number) {
  const taken = [...attributes].filter(([name]) => name in operator.attributes);
  return operator.bind(bareNode(operator.name, opset, count, taken));
}

/** The least number of inputs that the operator takes. */
function inputCount(operator: Operator): number {
  for (let count = 1; count < 4; count++) {
    try {
      bind(operator, 30, count);
      return count;
    } catch {}
  }
  throw new Error(`${operator.name} takes no number of inputs`);
}

const operators = families.flat().map((operator) => ({ name: operator.name, operator }));

describe('inputs of which nothing is known', () => {
  it.each(operators)('$name, in all its versions', ({ operator }) => {
    const count = inputCount(operator);
    for (const version of operator.versions) {
      if (operator.name === 'Cast' && version === 1) continue; // `to` was a string.
      for (const input of [undefined, tensorType(undefined, undefined)]) {
        const context = bareContext(Array.from({ length: count }, () => input));
        const bound = bind(operator, version, count);
        expect(bound.infer(context)[0]!.shape).toBeUndefined();
        expect(bound.symbolic(context)).toBeUndefined();
      }
    }
  });

  it.each(operators)('$name with one input known', ({ operator }) => {
    const count = inputCount(operator);
    for (let known = 0; known < count; known++) {
      const inputs = Array.from({ length: count }, (_, i) => tensorType(undefined, i === known ? [2, 3] : undefined));
      expect(() => bind(operator, 30, count).infer(bareContext(inputs))).not.toThrow();
    }
  });
});
