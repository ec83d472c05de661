/** Budgets: limits on a model's parameters, operations and memory. */
import { defineProblem, type Problem } from '../diagnostics.js';
import { type Dim, rangeOf, symbolsOf } from '../ir/dim.js';
import type { Budgets } from './config.js';

/** What a model has; null if unknown. */
export interface Amounts {
  readonly parameters: number;
  readonly macs: Dim | null;
  /** In bytes; null while sizes are open. */
  readonly peakActivationBytes: number | null;
}

/** Formats amounts, including those that depend on open sizes. */
export interface AmountFormat {
  count(value: Dim): string;
  bytes(value: Dim): string;
}

const budgetExceeded = defineProblem(
  'US3003',
  { what: 'string', maximum: 'integer', amount: 'size', shown: 'strings' },
  ({ what, shown: [maximum, amount] }) => ({
    message: `the model has more ${what} than its budget`,
    expected: `at most ${maximum}`,
    actual: amount,
  }),
);

const budgetOpen = defineProblem(
  'US3004',
  { what: 'string', maximum: 'integer', amount: 'size?', open: 'strings', shown: 'strings' },
  ({ what, open, shown: [maximum, amount] }) => ({
    message: `the budget for ${what} cannot be compared${open.length === 0 ? '' : ' while sizes are open'}`,
    expected: `at most ${maximum}`,
    actual: amount,
    hint: open.length === 0 ? undefined : `give sizes for ${open.join(', ')} in the configuration's dims or with --dim`,
  }),
);

/** A problem for every budget that is exceeded or that cannot be compared. */
export function checkBudgets(
  budgets: Budgets,
  amounts: Amounts,
  symbols: readonly string[],
  format: AmountFormat,
): Problem[] {
  const problems: Problem[] = [];
  const compare = (what: string, limit: number | undefined, amount: Dim | null, show: (value: Dim) => string) => {
    if (limit === undefined) return;
    if (amount !== null && rangeOf(amount).min > limit) {
      problems.push(budgetExceeded({ what, maximum: limit, amount, shown: [limit, amount].map(show) }));
    } else if (amount === null || rangeOf(amount).max > limit) {
      problems.push(unknown(what, limit, amount, symbols, show));
    }
  };
  compare('parameters', budgets.parameters, amounts.parameters, format.count);
  compare('MACs', budgets.macs, amounts.macs, format.count);
  compare('peak activation memory', budgets.peakActivationMemory, amounts.peakActivationBytes, format.bytes);
  return problems;
}

function unknown(
  what: string,
  limit: number,
  amount: Dim | null,
  symbols: readonly string[],
  show: (value: Dim) => string,
): Problem {
  const open = amount === null ? symbols : [...symbolsOf(amount).keys()];
  return budgetOpen({
    what,
    maximum: limit,
    amount: amount ?? undefined,
    open,
    shown: [show(limit), amount === null ? 'not known' : show(amount)],
  });
}
