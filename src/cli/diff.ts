/** `unstride diff`: what changed between two exports of a model. */
import { type DiffSide, diffModels, isSame } from '../contract/model-diff.js';
import { printableReport } from '../diagnostics/printable.js';
import type { Diagnostic } from '../diagnostics.js';
import { infer } from '../infer/infer.js';
import { declaredShape } from '../ir/graph.js';
import type { DiffReport } from '../report/diff.js';
import { inspectModel, openSymbols } from '../report/inspect.js';
import { jsonDocument } from '../report/json.js';
import { renderDiffMarkdown } from '../report/markdown-diff.js';
import { renderDiff } from '../report/pretty-diff.js';
import { isFlagSet, oneText } from './arguments.js';
import { parseFormat } from './check-output.js';
import { diffFormats } from './commands/choices.js';
import { parseDims } from './dims.js';
import { nameOf, openNamed, stdinName } from './model-files.js';
import { writeDiagnostics, writeDocument, writeText } from './output.js';
import { colorsFor, widthOf } from './terminal.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';
import { version } from './version.js';

export async function diff(
  first: string,
  second: string,
  options: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const [from, to] = [nameOf(first), nameOf(second)];
  if (from === stdinName && to === stdinName)
    throw new UsageError('only one of the two models can come from standard input', 'name a file for the other');
  const dims = parseDims(options['dim']);
  const format = readFormat(options);
  const [left, right] = await Promise.all([openSide(from, dims), openSide(to, dims)]);
  for (const [name, size] of dims) {
    if (left.symbols.has(name) || right.symbols.has(name)) continue;
    const known = [...new Set([...left.symbols, ...right.symbols])];
    throw new UsageError(
      `--dim ${name}=${size}: neither model has an open size '${name}'`,
      known.length === 0 ? 'all sizes of their inputs are fixed' : `the open sizes are ${known.join(', ')}`,
    );
  }
  const changes = diffModels(left.side, right.side, { weights: isFlagSet(options['weights']) });
  const same = isSame(changes);
  const diagnostics = [...left.diagnostics, ...right.diagnostics].filter(({ severity }) => severity === 'error');
  const report: DiffReport = { from, to, same, ...changes, diagnostics };
  if (format === 'pretty') writeText(process.stdout, render(report, format));
  else writeDocument(process.stdout, render(report, format));
  if (format === 'pretty') writeDiagnostics(diagnostics);
  return same ? exitCodes.done : exitCodes.fault;
}

function readFormat(options: Readonly<Record<string, unknown>>): (typeof diffFormats)[number] {
  const text = oneText(options['format'], 'format');
  if (isFlagSet(options['json']) && (text ?? 'json') !== 'json') {
    throw new UsageError(`--json and --format ${text} exclude one another`);
  }
  return isFlagSet(options['json']) ? 'json' : parseFormat(text ?? 'pretty', 'format', diffFormats);
}

interface OpenedSide {
  readonly side: DiffSide;
  readonly symbols: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

async function openSide(file: string, dims: ReadonlyMap<string, number>): Promise<OpenedSide> {
  const { model, diagnostics } = await openNamed(file);
  const inference = infer(model.graph, { bindings: dims, file });
  const { totals } = inspectModel({ model, inference, file });
  return {
    side: { model, inference, amounts: totals },
    symbols: new Set(openSymbols(model.graph.inputs.map((input) => declaredShape(input)))),
    diagnostics: [...diagnostics, ...inference.diagnostics],
  };
}

function render(report: DiffReport, format: (typeof diffFormats)[number]): string {
  switch (format) {
    case 'json':
      return jsonDocument(version(), { ok: true, ...report });
    case 'markdown':
      return renderDiffMarkdown(printableReport(report));
    case 'pretty':
      return renderDiff(printableReport(report), { colors: colorsFor(process.stdout), width: widthOf(process.stdout) });
  }
}
