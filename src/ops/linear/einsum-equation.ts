/** Equations of Einsum: `ij,jk->ik`, `...ii->...i`, `bij,bjk`. */
import { defineProblem, fail } from '../../diagnostics.js';
import type { Dim } from '../../ir/dim.js';

/** Labels before and after an ellipsis; `after` is absent if there is no ellipsis. */
interface Term {
  readonly before: readonly string[];
  readonly after: readonly string[] | undefined;
}

export interface EinsumEquation {
  readonly inputs: readonly Term[];
  /** Absent in the implicit form. */
  readonly output: Term | undefined;
}

/** One label for each axis; the axes that an ellipsis stands for are called `.0`, `.1` … */
export interface AxisLabels {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

const equationMalformed = defineProblem('US1304', { equation: 'string', why: 'string' }, ({ equation, why }) => ({
  message: `the equation '${equation}' ${why}`,
  value: 'equation',
}));

function malformed(equation: string, why: string): never {
  fail(equationMalformed({ equation, why }));
}

export function parseEquation(equation: string): EinsumEquation {
  const [left, right, ...more] = equation.replaceAll(' ', '').split('->');
  if (more.length > 0) malformed(equation, 'has more than one arrow');
  const inputs = left!.split(',').map((term) => parseTerm(equation, term));
  if (right === undefined) return { inputs, output: undefined };
  const output = parseTerm(equation, right);
  const known = new Set(inputs.flatMap(labelsOf));
  const seen = new Set<string>();
  for (const label of labelsOf(output)) {
    if (!known.has(label)) malformed(equation, `asks for '${label}', which no input has`);
    if (seen.has(label)) malformed(equation, `has '${label}' twice in its output`);
    seen.add(label);
  }
  return { inputs, output };
}

function parseTerm(equation: string, term: string): Term {
  const [before, after, ...more] = term.split('...');
  if (more.length > 0) malformed(equation, 'has two ellipses in one term');
  if (!/^[A-Za-z]*$/.test(`${before}${after ?? ''}`)) malformed(equation, 'has labels that are not letters');
  return { before: [...before!], after: after === undefined ? undefined : [...after] };
}

function labelsOf({ before, after }: Term): readonly string[] {
  return [...before, ...(after ?? [])];
}

const equationInputs = defineProblem('US1306', { terms: 'integer', inputs: 'integer' }, ({ terms, inputs }) => ({
  message: 'the equation and the node have different numbers of inputs',
  expected: String(terms),
  actual: String(inputs),
}));

/** Names every axis of inputs of these ranks. */
export function labelAxes(equation: EinsumEquation, ranks: readonly number[]): AxisLabels {
  if (ranks.length !== equation.inputs.length) {
    fail(equationInputs({ terms: equation.inputs.length, inputs: ranks.length }));
  }
  const hidden = ellipsisRank(equation, ranks);
  const ellipsis = Array.from({ length: hidden }, (_, axis) => `.${axis}`);
  const expand = ({ before, after }: Term) => (after === undefined ? before : [...before, ...ellipsis, ...after]);
  const inputs = equation.inputs.map(expand);
  return { inputs, output: equation.output === undefined ? implicitOutput(inputs, ellipsis) : expand(equation.output) };
}

const equationRank = defineProblem(
  'US1201',
  { input: 'integer', named: 'integer', hasEllipsis: 'boolean', rank: 'integer' },
  ({ input, named, hasEllipsis, rank }) => ({
    message: `input ${input} does not have the axes that the equation names`,
    expected: hasEllipsis ? `rank ${named} or more` : `rank ${named}`,
    actual: `rank ${rank}`,
  }),
);

const ellipsesDiffer = defineProblem('US1201', { common: 'integer', hidden: 'integer' }, ({ common, hidden }) => ({
  message: 'the ellipses of the equation stand for different numbers of axes',
  expected: String(common),
  actual: String(hidden),
}));

/** The number of axes that each ellipsis of the equation stands for. */
function ellipsisRank(equation: EinsumEquation, ranks: readonly number[]): number {
  let common: number | undefined;
  equation.inputs.forEach((term, i) => {
    const named = labelsOf(term).length;
    const hidden = ranks[i]! - named;
    if (term.after === undefined ? hidden !== 0 : hidden < 0) {
      fail(equationRank({ input: i, named, hasEllipsis: term.after !== undefined, rank: ranks[i]! }));
    }
    if (term.after === undefined) return;
    if (common !== undefined && common !== hidden) {
      fail(ellipsesDiffer({ common, hidden }));
    }
    common = hidden;
  });
  return common ?? 0;
}

/** The ellipsis, then labels that appear exactly once in all inputs, in alphabetical order. */
function implicitOutput(inputs: readonly (readonly string[])[], ellipsis: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const label of inputs.flat()) counts.set(label, (counts.get(label) ?? 0) + 1);
  const once = [...counts.keys()].filter((label) => counts.get(label) === 1 && !label.startsWith('.'));
  return [...ellipsis, ...once.sort()];
}

/** The size of every label; two sizes of one label are joined by `join`. A size of 1 is broadcast, as in numpy. */
export function sizesOf<D extends Dim>(
  labels: AxisLabels,
  shapes: readonly (readonly D[])[],
  join: (a: D, b: D, label: string) => D,
): Map<string, D> {
  const sizes = new Map<string, D>();
  labels.inputs.forEach((axes, i) => {
    axes.forEach((label, axis) => {
      const known = sizes.get(label);
      const size = shapes[i]![axis]!;
      sizes.set(label, known === undefined || known === 1 ? size : size === 1 ? known : join(known, size, label));
    });
  });
  return sizes;
}
