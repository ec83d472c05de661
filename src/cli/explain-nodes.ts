/** Finds the nodes that `unstride explain` is asked about. */
import { nameMatcher } from '../contract/name-pattern.js';
import { diagnostic, fail, ModelError, ProblemError } from '../diagnostics.js';
import { listedNodes } from '../explain/explain.js';
import { explainedOperators } from '../explain/nodes.js';
import type { Inference } from '../infer/infer.js';
import type { Model, Node } from '../ir/graph.js';
import { factsOf } from '../rules/facts.js';
import { nearestNames, nothingOfThatName } from '../split/cut-names.js';

/**
 * The nodes that the names stand for, each once: by their own name, by a value that they make, by their number (57 or #57),
 * or by a pattern, which stands for those of them that are listed without names.
 * @throws ModelError US2101 with the nearest names if there is none
 */
export function namedNodes(model: Model, inference: Inference, names: readonly string[], file: string): Node[] {
  const nodes = [...factsOf(model).nodes()];
  try {
    return [...new Set(names.flatMap((name) => nodesOf(nodes, name, () => listedNodes(model, inference))))];
  } catch (error) {
    if (error instanceof ProblemError) throw new ModelError([diagnostic(error.problem, { file })]);
    throw error;
  }
}

function nodesOf(nodes: readonly Node[], name: string, listed: () => readonly Node[]): readonly Node[] {
  const number = /^#?(\d{1,9})$/.exec(name)?.[1];
  const exact = [
    () => nodes.filter((node) => node.name === name),
    () => nodes.filter(({ outputs }) => outputs.some((value) => value?.name === name)),
    () => (number === undefined ? [] : nodes.filter(({ index }) => index === Number(number))),
  ];
  for (const find of exact) {
    const found = find();
    if (found.length > 0) return found;
  }
  if (/[*?]/.test(name)) {
    const matches = nameMatcher(name);
    const found = listed().filter(
      (node) => matches(node.name) || node.outputs.some((value) => value !== undefined && matches(value.name)),
    );
    if (found.length > 0) return found;
  }
  const candidates = nodes.filter(isExplained);
  const known = candidates.flatMap((node) => [node.name, ...node.outputs.flatMap((value) => value?.name ?? [])]);
  return fail(
    nothingOfThatName({
      name,
      near: nearestNames(
        name,
        known.filter((item) => item !== ''),
      ),
    }),
  );
}

function isExplained({ domain, opType }: Node): boolean {
  return domain === '' && explainedOperators.includes(opType);
}
