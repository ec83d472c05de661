/** `unstride fix`: fixes the model's fixable findings, checks that it computes the same, and writes it. */
import { checkModel } from '../check.js';
import { type DiagnosticCode, defineProblem, diagnostic, ModelError } from '../diagnostics.js';
import { infer } from '../infer/infer.js';
import { opsets } from '../onnx/opsets.js';
import { fixableCodes } from '../rules/fixes/index.js';
import { writeModelReadBack } from '../runtime/write.js';
import { allTexts, isFlagSet, oneText } from './arguments.js';
import { checkDims, parseDims } from './dims.js';
import { applyFixes } from './fix-apply.js';
import { type Verification, verifyFix } from './fix-check.js';
import { isWorse } from './fix-findings.js';
import { describe, type Outcome, render } from './fix-report.js';
import { makeFolderOf } from './make-folder.js';
import { besideModel, nameOf, openNamed } from './model-files.js';
import { writeDiagnostics, writeJson, writeText } from './output.js';
import { parseCode } from './rules.js';
import { colorsFor } from './terminal.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';

export async function fix(argument: string, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const file = nameOf(argument);
  const { codes, areNamed } = selectedCodes(options['select']);
  const opset = parseOpset(oneText(options['opset'], 'opset'));
  const dims = parseDims(options['dim']);
  const isDry = isFlagSet(options['dryRun']);
  const output = oneText(options['output'], 'output') ?? (isDry ? '' : besideModel(file, 'fixed.onnx'));
  const { model, diagnostics } = await openNamed(file);
  checkDims(model, dims);
  const before = checkModel(model, { file, readDiagnostics: diagnostics });
  const fixed = applyFixes(before, { codes, areNamed, readDiagnostics: diagnostics, opset });
  let verification: Verification | undefined;
  let byteLength: number | undefined;
  if (fixed.changes.length > 0) {
    const { keepsEveryBit, meant, changes } = fixed;
    verification = verifyFix(meant, fixed.model, changes, { bindings: dims, keepsEveryBit, seed: 0 });
    if (verification.differences.length > 0) throw notTheSame(file, verification);
    const expectNoMore = (after: ReturnType<typeof checkModel>): void => {
      if (isWorse(before.diagnostics, after.diagnostics, opset)) throw moreFindings(file, before, after);
    };
    if (isDry) expectNoMore(checkModel(fixed.model, { file }));
    else {
      const { types } = infer(fixed.model.graph);
      await makeFolderOf(output);
      const written = await writeModelReadBack(fixed.model, output, { types, shareWeights: 'where possible' }, (read) =>
        expectNoMore(checkModel(read.model, { file, readDiagnostics: read.diagnostics })),
      );
      byteLength = written.byteLength;
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

function selectedCodes(value: unknown): { readonly codes: Set<DiagnosticCode>; readonly areNamed: boolean } {
  const texts = allTexts(value).flatMap((text) => text.split(','));
  if (texts.length === 0) return { codes: fixableCodes(), areNamed: false };
  const fixable = fixableCodes({ withOptional: true });
  const codes = new Set(texts.map(parseCode));
  for (const code of codes) {
    if (!fixable.has(code))
      throw new UsageError(`no fix is known for ${code}`, `those with a fix are ${[...fixable].sort().join(', ')}`);
  }
  return { codes, areNamed: true };
}

/** Sets below 7 broadcast by attributes, which no tool of today reads. */
const oldestTarget = 7;

function parseOpset(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const opset = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (opset >= oldestTarget && opset <= opsets.newest) return opset;
  throw new UsageError(
    `--opset '${text}' is no operator set that a model can be written for`,
    `those of ai.onnx from ${oldestTarget} to ${opsets.newest} are`,
  );
}

const fixedModelDiffers = defineProblem('US1011', { difference: 'string' }, ({ difference }) => ({
  message: `the fixed model is not the same: ${difference}`,
  hint: 'nothing was written; please report this with the model',
}));

function notTheSame(file: string, { differences }: Verification): ModelError {
  return new ModelError(differences.map((text) => diagnostic(fixedModelDiffers({ difference: text }), { file })));
}

const fixedModelWorse = defineProblem('US1011', { more: 'strings' }, ({ more }) => ({
  message: `the fixed model would have more findings: ${more.join(', ')}`,
  hint: 'nothing was written; please report this with the model',
}));

function moreFindings(
  file: string,
  before: ReturnType<typeof checkModel>,
  after: ReturnType<typeof checkModel>,
): ModelError {
  const known = new Set(before.diagnostics.map(({ code }) => code));
  const more = after.diagnostics
    .filter(({ code }) => !known.has(code))
    .map(({ code, message }) => `${code} ${message}`);
  return new ModelError([diagnostic(fixedModelWorse({ more }), { file })]);
}
