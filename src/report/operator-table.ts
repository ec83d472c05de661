/** The operators that are there, as a Markdown page: made from the registry itself. */
import type { Operator } from '../ops/operator.js';

/** @param newestOpset the newest ai.onnx operator set that the reader takes */
export function operatorTable(operators: readonly Operator[], newestOpset: number): string {
  const rows = [...operators]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((operator) => `| ${[nameOf(operator), operator.versions.join(', '), notesOf(operator)].join(' | ')} |`);
  return [
    '# Operators',
    '',
    `${operators.length} operators, for operator sets 6 to ${newestOpset}. Every one has a shape rule that takes symbolic sizes and a reference`,
    'that executes it. The versions are those at which the specification changed the operator; a model of any operator set gets',
    'the newest version not above its own. This page is made from the registry (`npm run docs`).',
    '',
    '| operator | versions | |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function nameOf({ name, domain }: Operator): string {
  return domain === '' ? name : `${domain}.${name}`;
}

function notesOf({ followsSymbols, countsMacs, isDeterministic, removedIn }: Operator): string {
  const notes: string[] = [];
  if (followsSymbols) notes.push('shape arithmetic with symbols');
  if (countsMacs) notes.push('MACs');
  if (!isDeterministic) notes.push('random');
  if (removedIn !== undefined) notes.push(`removed in operator set ${removedIn}`);
  return notes.join(', ');
}
