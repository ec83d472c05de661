/** `unstride extract --list` and `--split`: where decoders begin, and models in two halves. */
import { existsSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { writeWhole } from '../files/write-whole.js';
import { infer } from '../infer/infer.js';
import type { Model } from '../ir/graph.js';
import { describeDecoders, renderDecoders } from '../report/decoders.js';
import { describePart } from '../report/extract.js';
import { jsonDocument } from '../report/json.js';
import { describeJoin, renderSplit, type SplitReport } from '../report/split.js';
import { writeModel } from '../runtime/write.js';
import { findDecoder, splitModel } from '../split/decoders/split.js';
import { isFlagSet, oneText } from './arguments.js';
import { cannotWrite } from './cannot-write.js';
import { makeFolderOf } from './make-folder.js';
import { besideModel, openNamed, stdinName } from './model-files.js';
import { writeDiagnostics, writeDocument, writeJson, writeText } from './output.js';
import { readCandidate } from './part.js';
import { refuseSource } from './refuse-source.js';
import { colorsFor, widthOf } from './terminal.js';
import { type ExitCode, exitCodes, UsageError } from './usage.js';
import { version } from './version.js';

type Options = Readonly<Record<string, unknown>>;

export async function listDecoders(file: string, options: Options): Promise<ExitCode> {
  const { model, diagnostics } = await openNamed(file);
  const report = describeDecoders(findDecoder(model), file);
  if (isFlagSet(options['json'])) writeJson({ ok: true, ...report, diagnostics });
  else writeText(process.stdout, renderDecoders(report, colorsFor(process.stdout), widthOf(process.stdout)));
  writeDiagnostics(diagnostics);
  return exitCodes.done;
}

export async function splitInTwo(file: string, options: Options): Promise<ExitCode> {
  const candidate = readCandidate(options);
  const stem = stemFor(file, oneText(options['output'], 'output'));
  const { model, diagnostics } = await openNamed(file);
  const split = splitModel(model, { candidate, file });
  const [encoderFile, decoderFile, joinFile] = [`${stem}.encoder.onnx`, `${stem}.decoder.onnx`, `${stem}.split.json`];
  for (const output of [encoderFile, decoderFile, joinFile]) refuseSource(file, output);
  const shareWeights = isFlagSet(options['shareWeights']);
  await makeFolderOf(joinFile);
  // Removes an earlier version, which would describe wrong halves until both are written.
  await rm(joinFile, { force: true });
  const save = async (half: Model, output: string) => {
    const inference = infer(half.graph, { file: output });
    const { byteLength, weights } = await writeModel(half, output, { types: inference.types, shareWeights });
    return {
      file: path.basename(output),
      byteLength,
      weights: weights === undefined ? null : { ...weights, file: path.basename(weights.file) },
      ...describePart(half, inference),
    };
  };
  const encoder = await save(split.encoder, encoderFile);
  const decoder = await save(split.decoder, decoderFile);
  const report: SplitReport = {
    file: path.basename(file),
    kind: split.findings.kind,
    candidate: candidate ?? 1,
    isCertain: split.candidate.isCertain,
    reasons: split.candidate.reasons,
    encoder,
    decoder,
    ...describeJoin(split.join),
    diagnostics,
  };
  const text = jsonDocument(version(), { ok: true, ...report });
  // Written last, so that both halves exist if it does.
  try {
    await writeWhole(joinFile, text);
  } catch (error) {
    cannotWrite(joinFile, 'how the halves join cannot be written', error, 'name another place with --output');
  }
  if (isFlagSet(options['json'])) writeDocument(process.stdout, text);
  else {
    const join = { file: path.basename(joinFile), folder: path.dirname(joinFile) };
    writeText(process.stdout, renderSplit(report, join, colorsFor(process.stdout), widthOf(process.stdout)));
  }
  writeDiagnostics(diagnostics);
  return exitCodes.done;
}

/** The prefix of the files' paths, from a folder or the beginning of their names. */
function stemFor(file: string, output: string | undefined): string {
  if (output === undefined) return besideModel(file, '');
  if (output === '') throw new UsageError('--output is empty', 'name a folder, or the beginning of the names');
  const isFolder = /[\\/]$/.test(output) || (existsSync(output) && statSync(output).isDirectory());
  return isFolder ? path.join(output, file === stdinName ? 'model' : path.parse(file).name) : output;
}
