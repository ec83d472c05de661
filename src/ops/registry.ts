/** The operators that are known so far. */
import type { Node } from '../ir/graph.js';
import { commonOperators } from './common.js';
import type { Operator } from './operator.js';

const standard = new Map(commonOperators.map((operator) => [operator.name, operator]));

/** By domain and name. 'ai.onnx' is the long name of the default domain. */
const domains = new Map([
  ['', standard],
  ['ai.onnx', standard],
]);

export function findOperator({ domain, opType }: Pick<Node, 'domain' | 'opType'>): Operator | undefined {
  return domains.get(domain)?.get(opType);
}

export function registerOperators(operators: readonly Operator[]): void {
  for (const operator of operators) {
    const named = domains.get(operator.domain) ?? new Map<string, Operator>();
    domains.set(operator.domain, named.set(operator.name, operator));
  }
}
