/** A rule: one code, its explanation, and a check that reads a model and its inference. */

import { catalogue } from '../diagnostics/catalogue.js';
import type { Explanation } from '../diagnostics/page.js';
import {
  type DataFields,
  type DataOf,
  type Diagnostic,
  type DiagnosticCode,
  defineProblem,
  type Problem,
  type Words,
} from '../diagnostics.js';
import type { Inference } from '../infer/infer.js';
import type { Model, Node } from '../ir/graph.js';

export interface RuleContext {
  readonly model: Model;
  readonly inference: Inference;
  /** The file that messages name. */
  readonly file?: string | undefined;
  /** Diagnostics of reading the model. */
  readonly readDiagnostics?: readonly Diagnostic[] | undefined;
  /** Ends the rules with US2008. */
  readonly signal?: AbortSignal | undefined;
}

export interface PlacedProblem {
  readonly node?: Node | undefined;
  readonly problem: Problem;
}

interface RuleOf<Found> {
  readonly code: DiagnosticCode;
  readonly explanation: Explanation;
  /** Takes linear time and does not read large weights. Accepts any model, and skips what it cannot decide. */
  check(context: RuleContext): Iterable<Found>;
}

export interface Rule extends RuleOf<PlacedProblem> {
  readonly title: string;
}

/** A rule that states its problem itself: its check finds data, its words are made from them. */
interface RuleDefinition<F extends DataFields> extends RuleOf<{ readonly node?: Node | undefined; data: DataOf<F> }> {
  readonly data: F;
  words(data: DataOf<F>): Words;
}

export function defineRule<const F extends DataFields>({ check, data, words, ...rule }: RuleDefinition<F>): Rule {
  const problem = defineProblem(rule.code, data, words);
  return passOn({
    ...rule,
    *check(context) {
      for (const found of check(context)) yield { node: found.node, problem: problem(found.data) };
    },
  });
}

/** A rule whose problems another room states. */
export function passOn(rule: RuleOf<PlacedProblem>): Rule {
  return { ...rule, title: catalogue[rule.code].title };
}

/** The first of `count` names, in a message. */
export function listed(names: readonly string[], count: number): string {
  return `${names.map((name) => `'${name}'`).join(', ')}${count > names.length ? ', …' : ''}`;
}
