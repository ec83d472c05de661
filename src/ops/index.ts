/** All operators. Importing this changes nothing: a bundler leaves it, and what is rare, out where nobody uses it. */
import { commonOperators } from './common.js';
import type { Operator } from './operator.js';
import { rareOperators } from './rare.js';
import { registerOperators } from './registry.js';

export const operators: readonly Operator[] = /* @__PURE__ */ commonOperators.concat(rareOperators);

export function registerAllOperators(): void {
  registerOperators(rareOperators);
}
