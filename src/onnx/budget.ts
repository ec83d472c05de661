/** Limits for one model. Functions that call functions can make any number of nodes from a small file. */
import { defineProblem, diagnostic, ModelError } from '../diagnostics.js';

const limits = { nodes: 500_000, names: 10_000_000 } as const;

const budgetSpent = defineProblem('US1106', { kind: 'string', maximum: 'integer' }, ({ kind, maximum }) => ({
  message: `with its functions inlined, the model has more than ${maximum} ${kind}`,
  hint: 'its functions call one another too often: export it without functions',
}));

export class Budget {
  private readonly spent = { nodes: 0, names: 0 };

  constructor(private readonly file: string | undefined) {}

  /** @throws ModelError US1106 when the budget is used up; reading stops there */
  spend(kind: keyof typeof limits, count: number): void {
    this.spent[kind] += count;
    if (this.spent[kind] <= limits[kind]) return;
    throw new ModelError([diagnostic(budgetSpent({ kind, maximum: limits[kind] }), { file: this.file })]);
  }
}
