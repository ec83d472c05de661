/** One run: from inputs to a report. */
import { dirname } from 'node:path';
import { jsonText, printableReport } from '../../diagnostics/printable.js';
import { type Coverage, Coverages } from '../../feed/coverage.js';
import { valueBounds } from '../../feed/normalization.js';
import { writeWhole } from '../../files/write-whole.js';
import { TensorSequence } from '../../ir/sequence.js';
import type { Tensor } from '../../ir/tensor.js';
import { type Layout, pictureInputAxes } from '../../pictures/image-layout.js';
import { presentOutputs } from '../../present/present.js';
import type { PresentOptions } from '../../present/present-options.js';
import { type RunInputReport, type RunReport, renderRun } from '../../report/run.js';
import type { OpenedModel } from '../../runtime/open.js';
import type { Trace } from '../../runtime/trace.js';
import { cannotWrite } from '../cannot-write.js';
import { makeFolder } from '../make-folder.js';
import { writeDiagnostics, writeJson, writeText } from '../output.js';
import { startProgress } from '../progress.js';
import { colorsFor } from '../terminal.js';
import { type ExitCode, exitCodes } from '../usage.js';
import { withSources } from './data-faults.js';
import type { InputSpec } from './input-spec.js';
import { type LoadedInput, loadInputs, placed } from './inputs.js';
import { writeArchive, writeArrayNames, writeArtifacts } from './outputs.js';
import type { RunResult } from './runner.js';
import type { Settings } from './settings.js';
import { startRunner } from './start-runner.js';
import { roundTime } from './stopwatch.js';

/** @param clock started before the model was opened */
export async function runOnce(
  opened: OpenedModel,
  file: string,
  specs: readonly InputSpec[],
  settings: Settings,
  clock: () => number,
): Promise<ExitCode> {
  const { model, diagnostics: read } = opened;
  const { inputs, sizes, result, trace, readTime } = await runLoaded(opened, file, specs, settings, clock);
  const { outputs: tensors, report: ran } = result;
  const compileTime = roundTime(clock() - ran.runMilliseconds);

  const coverage = coverageOf(new Coverages(model.graph, settings.layout), inputs, tensors);
  const presented = placed(file, () => presentOutputs(tensors, { ...presentOptions(inputs, settings), coverage }));
  const written = await writeArtifacts(presented, settings);
  await writeArrayNames(presented, settings.directory);
  const outputs = settings.archive === undefined ? written : await writeArchive(tensors, written, settings.archive);

  if (settings.profile !== undefined) await writeProfile(settings.profile, trace);

  const report: RunReport = {
    file,
    inputs: inputs.flatMap(inputReports),
    sizes: Object.fromEntries(sizes),
    seed: settings.seed,
    ...(result.tiles === undefined ? {} : { tiles: result.tiles }),
    outputs,
    time: { read: readTime, compile: compileTime, execute: roundTime(ran.runMilliseconds), write: clock() },
    memory: {
      peakActivationBytes: ran.peakBytes,
      // In KiB on every platform (libuv).
      peakProcessBytes: process.resourceUsage().maxRSS * 1024,
    },
    references: ran.references,
    diagnostics: [...read, ...ran.diagnostics],
  };
  if (settings.json) writeJson({ ok: true, ...report });
  else if (!settings.quiet) writeText(process.stdout, renderRun(report, colorsFor(process.stdout)));
  writeDiagnostics(report.diagnostics);
  return exitCodes.done;
}

/** An input after the run, without its elements, which may be large. */
type FedInput = Omit<LoadedInput, 'tensor'> & { readonly tensor: Pick<Tensor, 'dims' | 'type'> };

async function runLoaded(
  opened: OpenedModel,
  file: string,
  specs: readonly InputSpec[],
  settings: Settings,
  clock: () => number,
) {
  const { inputs, sizes } = await loadInputs(opened.model.graph, specs, { ...settings, file });
  const readTime = clock();
  const ran = await runSession(opened, inputs, settings);
  const fed = inputs.map(({ tensor: { dims, type }, ...input }): FedInput => ({ ...input, tensor: { dims, type } }));
  return { ...ran, inputs: fed, sizes, readTime };
}

/** A runner for one set of inputs. */
async function runSession(
  opened: OpenedModel,
  inputs: readonly LoadedInput[],
  settings: Settings,
): Promise<{ readonly result: RunResult; readonly trace: Trace | undefined }> {
  try {
    const runner = await startRunner(opened, settings);
    const progress = startProgress(process.stderr, settings.quiet);
    try {
      const result = await runner.run(new Map(inputs.map(({ name, tensor }) => [name, tensor])), {
        onProgress: (label, index, total) => progress.update(index, total, label),
      });
      return { result, trace: runner.endProfiling() };
    } finally {
      progress.stop();
      await runner.release();
    }
  } catch (error) {
    throw withSources(error, opened.model.graph, inputs);
  }
}

async function writeProfile(file: string, trace: Trace | undefined): Promise<void> {
  try {
    await makeFolder(dirname(file));
    await writeWhole(file, jsonText(printableReport(trace)));
  } catch (error) {
    cannotWrite(file, 'the profile cannot be written', error, 'name another file with --profile');
  }
}

/** One for an input, or one for each tensor of a sequence. */
function inputReports(input: FedInput): RunInputReport[] {
  const { name, tensor } = input;
  if (!(tensor instanceof TensorSequence)) return [inputReport(input)];
  return tensor.tensors.map((item, i) => inputReport({ ...input, name: `${name}.${i}`, tensor: item }));
}

export function inputReport({ name, tensor, source, notes }: FedInput): RunInputReport {
  return { name, elementType: tensor.type, shape: tensor.dims, source, notes };
}

export function presentOptions(
  inputs: readonly FedInput[],
  { layout, presentation, normalization, archive }: Settings,
): PresentOptions {
  const bounds = valueBounds(normalization);
  return {
    ...presentation,
    arrays: archive === undefined,
    layout,
    order: normalization.order,
    given: inputs.flatMap(({ name, picture }) => (picture === undefined ? [] : [{ name, ...picture, bounds }])),
    sizes: inputs.flatMap(({ tensor }) => pictureSizeOf(tensor, layout)),
  };
}

/** The part of the first fed picture that each output shows. */
export function coverageOf(
  coverages: Coverages,
  inputs: readonly FedInput[],
  outputs: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Coverage> {
  const picture = inputs.find((input) => input.picture !== undefined);
  if (picture === undefined) return new Map();
  return coverages.of(
    new Map(inputs.map(({ name, tensor }) => [name, tensor.dims])),
    new Map([...outputs].map(([name, { dims }]) => [name, dims])),
    picture.name,
  );
}

/** The size of pictures in an input, fed as pictures or as arrays. */
function pictureSizeOf(
  { dims }: Pick<Tensor, 'dims'>,
  layout: Layout | undefined,
): { width: number; height: number }[] {
  const axes = dims.length === 4 ? pictureInputAxes(dims, layout) : undefined;
  return axes === undefined ? [] : [{ width: dims[axes.columns]!, height: dims[axes.rows]! }];
}
