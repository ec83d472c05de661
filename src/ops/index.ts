/** All operators. Importing this has no side effects, so a bundler drops it, and rare operators, if it is unused. */
import { registerReferences } from './all-references.js';
import { commonOperators } from './common.js';
import { frequentOperators } from './frequent.js';
import { microsoftOperators } from './microsoft.js';
import type { Operator } from './operator.js';
import { rareOperators } from './rare.js';
import { registerOperators } from './registry.js';

export const operators: readonly Operator[] = /* @__PURE__ */ commonOperators.concat(
  frequentOperators,
  rareOperators,
  microsoftOperators,
);

export function registerAllOperators(): void {
  registerOperators(frequentOperators);
  registerOperators(rareOperators);
  registerOperators(microsoftOperators);
  registerReferences();
}
