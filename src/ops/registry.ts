/** The operators that are known so far. */
import type { Node } from '../ir/graph.js';
import { commonOperators } from './common.js';
import type { Operator } from './operator.js';

const keyOf = ({ domain, name }: Operator): string => `${domain}:${name}`;
const byName = new Map(commonOperators.map((operator) => [keyOf(operator), operator]));

/** 'ai.onnx' is the long name of the default domain. */
const aliases = new Map([['ai.onnx', '']]);

export function findOperator(node: Pick<Node, 'domain' | 'opType'>): Operator | undefined {
  return byName.get(`${aliases.get(node.domain) ?? node.domain}:${node.opType}`);
}

export function registerOperators(operators: readonly Operator[]): void {
  for (const operator of operators) byName.set(keyOf(operator), operator);
}
