/** What a rule is: one code, its explanation, and a check that reads a model and what inference knows of it. */
import { catalogue, type Diagnostic, type DiagnosticCode, type Problem } from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Model, Node } from '../ir/graph.js';

export interface RuleContext {
  readonly model: Model;
  readonly inference: Inference;
  /** For messages. */
  readonly file?: string | undefined;
  /** What reading the model found. */
  readonly readDiagnostics?: readonly Diagnostic[] | undefined;
}

/** A problem at its node; the code is the rule's where it is not given. */
export interface Finding extends Omit<Problem, 'code'> {
  readonly code?: DiagnosticCode | undefined;
  readonly node?: Node | undefined;
}

/** The page of a code, in Markdown without headings. */
export interface Explanation {
  /** What the code says. */
  readonly meaning: string;
  /** Why it matters: what happens to who leaves it so. */
  readonly reason: string;
  readonly bad: string;
  readonly good: string;
  /** How to get from one to the other. */
  readonly remedy: string;
}

export interface Rule {
  readonly code: DiagnosticCode;
  readonly title: string;
  readonly explanation: Explanation;
  /** Linear in the model, without reading large weights; sees models of any kind, and gives up on what it cannot tell. */
  check(context: RuleContext): Iterable<Finding>;
}

export function defineRule(rule: Omit<Rule, 'title'>): Rule {
  return { ...rule, title: catalogue[rule.code].title };
}
