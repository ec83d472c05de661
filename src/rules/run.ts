/** One rule over one model. */
import { type Diagnostic, diagnostic, ProblemError } from '../diagnostics.js';
import { DimTooComplexError } from '../ir/dim.js';
import { type Node, referenceTo } from '../ir/graph.js';
import { originOf } from '../ir/origin.js';
import type { Rule, RuleContext } from './rule.js';

export function findingsOf(rule: Rule, context: RuleContext): Diagnostic[] {
  const found: Diagnostic[] = [];
  try {
    for (const { node, problem } of rule.check(context)) {
      found.push(diagnostic(problem, { file: context.file, ...(node && placeOf(node)) }));
    }
  } catch (error) {
    if (!(error instanceof ProblemError || error instanceof DimTooComplexError)) throw error;
  }
  return found;
}

function placeOf(node: Node) {
  return { node: referenceTo(node), origin: originOf(node) };
}
