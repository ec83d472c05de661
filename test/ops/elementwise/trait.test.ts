/** That an operator is elementwise: passes move transpositions past it, and tiles are cut before it. */
import { describe, expect, it } from 'vitest';
import { numbersOf, tensorFromNumbers } from '../../../src/ir/numeric.js';
import { Tensor } from '../../../src/ir/tensor.js';
import { operators } from '../../../src/ops/index.js';
import { generators, nodeCase } from '../../lower/nodes/node-case.js';
import { runOperator } from '../../support/run-operator.js';

const ofOneInput = operators.filter(
  ({ domain, name, isElementwise, inputs }) =>
    domain === '' && isElementwise && inputs.length === 1 && !inputs[0]!.isVariadic && name in generators,
);

function reversed(x: Tensor): Tensor {
  // Numbers do not hold all integers of 64 bits.
  if (x.data instanceof BigInt64Array || x.data instanceof BigUint64Array)
    return new Tensor(x.type, x.dims, x.data.slice().reverse());
  return tensorFromNumbers(x.type, x.dims, [...numbersOf(x)].reverse());
}

describe('elementwise operators of one input', () => {
  it.each(ofOneInput.map((operator) => [operator.name, operator] as const))(
    '%s computes elements in another order to the same results in that order',
    (_, operator) => {
      for (let seed = 1; seed <= 20; seed++) {
        const test = nodeCase(operator, operator.versions.at(-1)!, seed);
        const [x] = test.inputs;
        const results = runOperator(test);
        const others = runOperator({ ...test, inputs: [reversed(x!)] });
        expect([...numbersOf(others[0]!)]).toEqual([...numbersOf(results[0]!)].reverse());
      }
    },
  );
});
