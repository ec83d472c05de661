/** `unstride extract`: a part of a model, as a model of its own. */
import { describePart, type ExtractReport, renderExtract } from '../report/extract.js';
import { writeModel } from '../runtime/write.js';
import { inferPart } from '../split/extract.js';
import { isFlagSet, oneText } from './arguments.js';
import { partOf } from './cut-part.js';
import { listDecoders, splitInTwo } from './extract-decoders.js';
import { makeFolderOf } from './make-folder.js';
import { besideModel, nameOf, openNamed } from './model-files.js';
import { writeDiagnostics, writeJson, writeText } from './output.js';
import { readPart } from './part.js';
import { refuseSource } from './refuse-source.js';
import { colorsFor, widthOf } from './terminal.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';

export async function extract(argument: string, options: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  const file = nameOf(argument);
  const mode = readMode(options);
  if (mode === 'list') return listDecoders(file, options);
  if (mode === 'split') return splitInTwo(file, options);
  const request = readPart(options);
  if (request === undefined)
    throw new UsageError(
      'extract is given neither --from nor --to',
      'name where the part begins, where it ends, or both; or have it found: --decoder, --encoder, --split, --list',
    );
  const output =
    oneText(options['output'], 'output') ?? besideModel(file, `${'half' in request ? request.half : 'part'}.onnx`);
  if (output === '') throw new UsageError('--output is empty', 'name the file that the part goes to');
  const opened = await openNamed(file);
  const part = partOf(opened, request);
  const { model } = part;
  const inference = inferPart(part, file);
  const whole = describePart(opened.model, part.inference);
  const { totals, inputs, outputs } = describePart(model, inference);
  refuseSource(file, output);
  await makeFolderOf(output);
  const { types } = inference;
  const written = await writeModel(model, output, { types, shareWeights: isFlagSet(options['shareWeights']) });
  const report: ExtractReport = {
    file,
    output,
    byteLength: written.byteLength,
    weights: written.weights ?? null,
    inputs,
    outputs,
    added: part.added.map(({ name }) => name),
    part: totals,
    whole: whole.totals,
    diagnostics: [...opened.diagnostics, ...part.diagnostics, ...inference.diagnostics],
  };
  if (isFlagSet(options['json'])) writeJson({ ok: true, ...report });
  else writeText(process.stdout, renderExtract(report, colorsFor(process.stdout), widthOf(process.stdout)));
  writeDiagnostics(report.diagnostics);
  return exitCodes.done;
}

/** The mode, if the command does something else than write a part. */
function readMode(options: Readonly<Record<string, unknown>>): 'list' | 'split' | undefined {
  const modes = (['list', 'split'] as const).filter((name) => isFlagSet(options[name]));
  const [mode] = modes;
  if (mode === undefined) return undefined;
  const others = [...modes.slice(1), ...['decoder', 'encoder', 'auto'].filter((name) => isFlagSet(options[name]))];
  for (const name of ['from', 'to', ...(mode === 'list' ? ['candidate', 'output'] : [])])
    if (options[name] !== undefined) others.push(name);
  if (mode === 'list' && isFlagSet(options['shareWeights'])) others.push('share-weights');
  if (others.length > 0)
    throw new UsageError(`--${mode} and ${others.map((name) => `--${name}`).join(', ')} cannot be given together`);
  return mode;
}
