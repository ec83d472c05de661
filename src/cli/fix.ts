/** `unstride fix`: fixes the model's fixable findings, checks that it computes the same, and writes it. */
import path from 'node:path';
import type { Colors } from 'picocolors/types.js';
import { printable } from '../diagnostics/printable.js';
import {
  type Diagnostic,
  type DiagnosticCode,
  defineProblem,
  diagnostic,
  formatNode,
  ModelError,
} from '../diagnostics.js';
import { infer } from '../infer/infer.js';
import type { Model } from '../ir/graph.js';
import { textTable } from '../report/text-table.js';
import { formatBytes } from '../report/units.js';
import type { Change } from '../rules/fixes/fix.js';
import { fixableCodes, fixes } from '../rules/fixes/index.js';
import { runRules } from '../rules/index.js';
import { openModel } from '../runtime/open.js';
import { writeModelReadBack } from '../runtime/write.js';
import { allTexts, isFlagSet, oneText } from './arguments.js';
import { checkDims, parseDims } from './dims.js';
import { type Verification, verifyFix } from './fix-check.js';
import { makeFolderOf } from './make-folder.js';
import { writeDiagnostics, writeJson, writeText } from './output.js';
import { parseCode } from './rules.js';
import { colorsFor, widthOf } from './terminal.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';

interface Outcome {
  readonly file: string;
  /** Where the model was written. */
  readonly output: string | undefined;
  readonly byteLength: number | undefined;
  readonly changes: readonly Change[];
  readonly verification: Verification | undefined;
  /** Findings of the selected codes that no fix removed. */
  readonly remaining: readonly Diagnostic[];
}

export async function fix(file: string, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const codes = selectedCodes(options['select']);
  const dims = parseDims(options['dim']);
  const output = oneText(options['output'], 'output') ?? besideModel(file);
  const { model, diagnostics } = await openModel(file);
  checkDims(model, dims);
  const fixed = applyFixes(model, codes, diagnostics, file);
  const keepsEveryBit = fixes.every(
    (item) => item.keepsEveryBit || !fixed.changes.some(({ code }) => item.codes.includes(code)),
  );
  let verification: Verification | undefined;
  let byteLength: number | undefined;
  const isDry = isFlagSet(options['dryRun']);
  if (fixed.changes.length > 0) {
    verification = verifyFix(model, fixed.model, fixed.changes, { bindings: dims, keepsEveryBit, seed: 0 });
    if (verification.differences.length > 0) throw notTheSame(file, verification);
    if (!isDry) {
      const { types } = infer(fixed.model.graph);
      await makeFolderOf(output);
      ({ byteLength } = await writeModelReadBack(
        fixed.model,
        output,
        { types, shareWeights: 'where possible' },
        () => {},
      ));
    }
  }
  const outcome: Outcome = {
    file,
    output: byteLength === undefined ? undefined : output,
    byteLength,
    changes: fixed.changes,
    verification,
    remaining: fixed.remaining,
  };
  if (isFlagSet(options['json'])) writeJson({ ok: true, ...describe(outcome) });
  else {
    writeText(process.stdout, render(outcome, isDry, colorsFor(process.stdout)));
    writeDiagnostics(outcome.remaining);
  }
  return exitCodes.done;
}

function selectedCodes(value: unknown): Set<DiagnosticCode> {
  const texts = allTexts(value).flatMap((text) => text.split(','));
  if (texts.length === 0) return fixableCodes();
  const fixable = fixableCodes({ withOptional: true });
  const codes = new Set(texts.map(parseCode));
  for (const code of codes) {
    if (!fixable.has(code))
      throw new UsageError(`no fix is known for ${code}`, `those with a fix are ${[...fixable].sort().join(', ')}`);
  }
  return codes;
}

function besideModel(file: string): string {
  const { dir, name } = path.parse(file);
  return path.join(dir, `${name}.fixed.onnx`);
}

interface AppliedFixes {
  readonly model: Model;
  readonly changes: readonly Change[];
  readonly remaining: readonly Diagnostic[];
}

/** Applies fixes in order, each with the inference of the model after the previous one. */
function applyFixes(
  source: Model,
  codes: ReadonlySet<DiagnosticCode>,
  readDiagnostics: readonly Diagnostic[],
  file: string,
): AppliedFixes {
  let model = source;
  let inference = infer(model.graph, { file });
  const changes: Change[] = [];
  for (const item of fixes) {
    if (!item.codes.some((code) => codes.has(code))) continue;
    const fixed = item.apply({ model, inference, file, readDiagnostics }, codes);
    changes.push(...fixed.changes);
    if (fixed.model.graph !== model.graph) inference = infer(fixed.model.graph, { file });
    model = fixed.model;
  }
  const remaining = runRules({ model, inference, file }).filter(({ code }) => codes.has(code));
  return { model, changes, remaining };
}

const fixedModelDiffers = defineProblem('US1011', { difference: 'string' }, ({ difference }) => ({
  message: `the fixed model is not the same: ${difference}`,
  hint: 'nothing was written; please report this with the model',
}));

function notTheSame(file: string, { differences }: Verification): ModelError {
  return new ModelError(differences.map((text) => diagnostic(fixedModelDiffers({ difference: text }), { file })));
}

function describe({ file, output, byteLength, changes, verification, remaining }: Outcome) {
  return {
    file,
    output: output ?? null,
    byteLength: byteLength ?? null,
    changes: changes.map(({ code, node, text }) => ({
      code,
      node:
        node === undefined ? null : { name: node.name, opType: node.opType, domain: node.domain, index: node.index },
      text,
    })),
    verification: verification ?? null,
    remaining,
  };
}

function render({ file, output, byteLength, changes, verification }: Outcome, isDry: boolean, colors: Colors): string {
  if (changes.length === 0) return `${printable(file)}: nothing to fix\n`;
  const columns = [{ title: 'code' }, { title: 'node', shrinkTo: 16 }, { title: 'change', shrinkTo: 24 }];
  const rows = shortened(changes);
  const [titles = '', ...lines] = textTable(columns, rows, widthOf(process.stdout));
  const { comparedShapes, comparedNodes, comparedResults, reason } = verification!;
  const nodes =
    comparedNodes === 0
      ? ''
      : `, ${comparedNodes} replaced ${comparedNodes === 1 ? 'node gives' : 'nodes give'} the same on integers`;
  const results = comparedResults
    ? ', the whole model gives the same on random input'
    : `; results were not compared: ${reason}`;
  const end =
    output === undefined
      ? `${isDry ? 'nothing is written: this is a dry run' : 'nothing is written'}`
      : `wrote ${printable(output)}, ${formatBytes(byteLength!)}`;
  return `${[colors.bold(titles), ...lines, `${comparedShapes} shapes are the same${nodes}${results}`, end].join(
    '\n',
  )}\n`;
}

/** The first changes of each code, and the number of the others. */
function shortened(changes: readonly Change[]): string[][] {
  const most = 20;
  const counts = new Map<DiagnosticCode, number>();
  const rows: string[][] = [];
  for (const { code, node, text } of changes) {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    if (count <= most) rows.push([code, node === undefined ? '' : formatNode(node), text]);
  }
  for (const [code, count] of counts)
    if (count > most) rows.push([code, '', `${count - most} more (--json lists them all)`]);
  return rows;
}
