/** Limits for one model. Functions that call functions can make any number of nodes from a small file. */
import { diagnostic, ModelError } from '../diagnostics.js';

const limits = { nodes: 500_000, names: 10_000_000 } as const;

export class Budget {
  private readonly spent = { nodes: 0, names: 0 };

  constructor(private readonly file: string | undefined) {}

  /** @throws ModelError US1106 when the budget is used up; reading stops there */
  spend(kind: keyof typeof limits, count: number): void {
    this.spent[kind] += count;
    if (this.spent[kind] <= limits[kind]) return;
    const problem = {
      code: 'US1106',
      message: `with its functions inlined, the model has more than ${limits[kind]} ${kind}`,
      hint: 'its functions call one another too often: export it without functions',
    } as const;
    throw new ModelError([diagnostic(problem, { file: this.file })]);
  }
}
