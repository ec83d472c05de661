import { describe, expect, it } from 'vitest';
import { type Amounts, checkBudgets } from '../../src/contract/budgets.js';
import { add, type Dim, mul, symbol } from '../../src/ir/dim.js';

const format = { count: String, bytes: (value: Dim) => `${value} B` };
const amounts: Amounts = { parameters: 100, macs: 5000, peakActivationBytes: 64 };

describe('budgets', () => {
  it('are kept by what does not exceed them', () => {
    expect(checkBudgets({}, amounts, [], format)).toEqual([]);
    expect(checkBudgets({ parameters: 100, macs: 5000, peakActivationMemory: 64 }, amounts, [], format)).toEqual([]);
  });

  it('say by how much they are exceeded', () => {
    expect(checkBudgets({ parameters: 99, macs: 4999, peakActivationMemory: 63 }, amounts, [], format)).toMatchObject([
      {
        code: 'US3003',
        message: 'the model has more parameters than its budget',
        expected: 'at most 99',
        actual: '100',
      },
      { code: 'US3003', message: 'the model has more MACs than its budget', expected: 'at most 4999', actual: '5000' },
      {
        code: 'US3003',
        message: 'the model has more peak activation memory than its budget',
        expected: 'at most 63 B',
        actual: '64 B',
      },
    ]);
  });

  it('are exceeded by open sizes that are too large whatever they are', () => {
    const macs = add(mul(10, symbol('H')), 990);
    const [problem] = checkBudgets({ macs: 999 }, { ...amounts, macs }, ['H'], format);
    expect(problem).toMatchObject({ code: 'US3003', actual: '10*H + 990' });
  });

  it('cannot be compared with other open sizes', () => {
    const macs = mul(10, symbol('H'));
    expect(
      checkBudgets(
        { macs: 999, peakActivationMemory: 1 },
        { ...amounts, macs, peakActivationBytes: null },
        ['H'],
        format,
      ),
    ).toMatchObject([
      {
        code: 'US3004',
        message: 'the budget for MACs cannot be compared while sizes are open',
        expected: 'at most 999',
        actual: '10*H',
        hint: "give sizes for H in the configuration's dims or with --dim",
      },
      {
        code: 'US3004',
        message: 'the budget for peak activation memory cannot be compared while sizes are open',
        expected: 'at most 1 B',
        actual: 'not known',
        hint: "give sizes for H in the configuration's dims or with --dim",
      },
    ]);
  });

  it('say that there is nothing to compare when no size is open', () => {
    const [problem] = checkBudgets({ macs: 1 }, { ...amounts, macs: null }, [], format);
    expect(problem).toMatchObject({
      code: 'US3004',
      message: 'the budget for MACs cannot be compared',
      hint: undefined,
    });
  });
});
